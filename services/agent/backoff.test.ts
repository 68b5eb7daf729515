import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMilliseconds, RECONNECT } from "./backoff.ts";

test("the bound doubles from one second to one minute", () => {
  const longest = (attempt: number) => backoffMilliseconds(attempt, RECONNECT, () => 1);
  assert.deepEqual([1, 2, 3, 6, 7, 8, 1000].map(longest), [1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000]);
});

test("the wait is spread over the whole range below the bound", () => {
  assert.equal(
    backoffMilliseconds(5, RECONNECT, () => 0),
    0,
  );
  assert.equal(
    backoffMilliseconds(5, RECONNECT, () => 0.5),
    8000,
  );
});
