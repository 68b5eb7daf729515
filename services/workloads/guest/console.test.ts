import assert from "node:assert/strict";
import { test } from "node:test";
import { tailOf } from "./console.ts";

test("a panic is told, not the registers after it", () => {
  const console = [
    "[    1.0] Dev vda: unable to read RDB block 8",
    "[    9.1] Kernel panic - not syncing: sysrq triggered crash",
    "[    9.2] CPU: 0 UID: 0 PID: 80 Comm: sh Not tainted",
    ...Array.from({ length: 30 }, (_, index) => `[    9.3] R${index}: 0000000000000000`),
  ];
  assert.match(tailOf(console.join("\n")), /^Kernel panic - not syncing: sysrq triggered crash \| CPU: 0/);
});

test("without one the last lines are told, and nothing that is no text", () => {
  assert.equal(tailOf("one\ntwo\u001b[2J\nthree\nfour\nfive\n"), "two[2J | three | four | five");
  assert.equal(tailOf("-- No entries --\n"), "");
});
