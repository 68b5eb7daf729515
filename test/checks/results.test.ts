import assert from "node:assert/strict";
import { test } from "node:test";
import { Results } from "./results.ts";

test("the last line is the sum, and one failure is a failure", () => {
  const results = new Results();
  results.add({ name: "lint", counts: { passed: 1, failed: 0 }, seconds: 3 });
  assert.equal(results.failed, false);
  results.add({ name: "unit tests", counts: { passed: 40, failed: 2 }, seconds: 9 });
  assert.equal(results.failed, true);
  assert.deepEqual(results.summary().split("\n"), [
    "ok     lint: 1 passed, 0 failed (3 s)",
    "FAILED unit tests: 40 passed, 2 failed (9 s)",
    "41 passed, 2 failed",
  ]);
});

test("what was run twice counts once, and is said to be unsteady", () => {
  const results = new Results();
  results.add({ name: "end-to-end", counts: { passed: 1, failed: 1 }, seconds: 5 });
  results.add({ name: "end-to-end", counts: { passed: 2, failed: 0 }, seconds: 4 });
  assert.equal(results.failed, false);
  assert.deepEqual(results.summary().split("\n"), [
    "ok     end-to-end: 2 passed, 0 failed (4 s)",
    "UNSTEADY end-to-end: at first 1 passed, 1 failed",
    "2 passed, 0 failed",
  ]);
});
