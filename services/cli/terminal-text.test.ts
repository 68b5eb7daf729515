import assert from "node:assert/strict";
import { test } from "node:test";
import { fit, oneLine, tame } from "./terminal-text.ts";

test("text from a device cannot move the cursor or forge a line", () => {
  assert.equal(oneLine("a\nb\u001b[2Jc\u009b1A\rd"), "a b\ufffd[2Jc\ufffd1A\ufffdd");
});

test("a workload's colours and lines stay, its other escapes do not", () => {
  assert.equal(tame("\u001b[31mred\u001b[0m\n\tx"), "\u001b[31mred\u001b[0m\n\tx");
  assert.equal(tame("a\u001b]0;title\u0007\u001b[2J"), "a\ufffd]0;title\ufffd\ufffd[2J");
});

test("a cut shows", () => {
  assert.equal(fit("abcdef", 6), "abcdef");
  assert.equal(fit("abcdef", 4), "abc…");
});
