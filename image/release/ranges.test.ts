import assert from "node:assert/strict";
import { test } from "node:test";
import { gapsBetween, joinRanges, splitRanges } from "./ranges.ts";

test("ranges are widened to blocks and joined where they touch or overlap; the last ends with the file", () => {
  const ranges = [
    { offset: 9000, length: 10 },
    { offset: 100, length: 1 },
    { offset: 4095, length: 2 },
    { offset: 20_000, length: 480 },
    { offset: 30_000, length: 0 },
  ];
  assert.deepEqual(joinRanges(ranges, 4096, 20_480), [
    { offset: 0, length: 12_288 },
    { offset: 16_384, length: 4096 },
  ]);
  assert.deepEqual(joinRanges([{ offset: 8192, length: 5 }], 4096, 8197), [{ offset: 8192, length: 5 }]);
});

test("ranges are cut at multiples of the longest", () => {
  assert.deepEqual(splitRanges([{ offset: 5, length: 20 }], 10), [
    { offset: 5, length: 5 },
    { offset: 10, length: 10 },
    { offset: 20, length: 5 },
  ]);
});

test("gaps are what is between, before and after", () => {
  const ranges = [
    { offset: 10, length: 5 },
    { offset: 15, length: 5 },
    { offset: 30, length: 5 },
  ];
  assert.deepEqual(gapsBetween(ranges, 40), [
    { offset: 0, length: 10 },
    { offset: 20, length: 10 },
    { offset: 35, length: 5 },
  ]);
  assert.deepEqual(gapsBetween([], 7), [{ offset: 0, length: 7 }]);
});
