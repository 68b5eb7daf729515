import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMilliseconds } from "./backoff.ts";

const SETTINGS = { first: 1_000, most: 60_000 };

test("the bound doubles from the first wait to the longest", () => {
  const longest = (attempt: number) => backoffMilliseconds(attempt, SETTINGS);
  assert.deepEqual([1, 2, 3, 6, 7, 8, 1000].map(longest), [1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000]);
});

test("with jitter the wait is spread over the whole range below the bound", () => {
  const wait = (random: number) => backoffMilliseconds(5, SETTINGS, () => random);
  assert.deepEqual([0, 0.5].map(wait), [0, 8000]);
});
