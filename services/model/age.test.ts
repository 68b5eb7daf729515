import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAge, formatSpan } from "./age.ts";

test("a span is told in its greatest fitting unit", () => {
  const hour = 3_600_000;
  assert.deepEqual([0, 119_999, 120_000, 2 * hour, 47 * hour, 48 * hour].map(formatSpan), [
    "0s",
    "119s",
    "2m",
    "2h",
    "47h",
    "2d",
  ]);
});

test("what is in the future by a wrong clock is now", () => {
  assert.equal(formatAge("2026-01-01T00:00:10Z", new Date("2026-01-01T00:00:00Z")), "0s");
});
