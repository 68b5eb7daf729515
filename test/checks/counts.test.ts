import assert from "node:assert/strict";
import { test } from "node:test";
import { countsOf } from "./counts.ts";

test("bun's closing lines are read", () => {
  assert.deepEqual(countsOf("(pass) a\n\n 35 pass\n 3 fail\nRan 38 tests", 1), { passed: 35, failed: 3 });
});

test("deno's closing line is read, colours and steps aside", () => {
  const line = "\u001b[0m\u001b[32mok\u001b[0m | 25 passed (4 steps) | 0 failed \u001b[0m(1s)";
  assert.deepEqual(countsOf(line, 0), { passed: 25, failed: 0 });
});

test("a crash, and a run without tests, are failures", () => {
  assert.deepEqual(countsOf("3 pass\n 0 fail", 139), { passed: 3, failed: 1 });
  assert.deepEqual(countsOf("", 0), { passed: 0, failed: 1 });
});
