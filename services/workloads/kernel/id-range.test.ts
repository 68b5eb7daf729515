import assert from "node:assert/strict";
import { test } from "node:test";
import { allocateRange, isRangeStart, RANGE_SIZE } from "./id-range.ts";

test("a workload gets the same range each time, and lies within the ids set aside for containers", () => {
  const first = allocateRange("web", new Set());
  assert.equal(allocateRange("web", new Set()), first);
  assert.ok(isRangeStart(first));
  assert.ok(first >= 524_288 && first + RANGE_SIZE - 1 <= 1_879_048_191);
});

test("a taken range goes to nobody else", () => {
  const taken = new Set<number>();
  for (let index = 0; index < 1000; index++) {
    const first = allocateRange("web", taken);
    assert.ok(!taken.has(first) && isRangeStart(first));
    taken.add(first);
  }
});

test("when none is left it says so", () => {
  const all = new Set(Array.from({ length: 28_664 }, (_, index) => 524_288 + index * RANGE_SIZE));
  assert.throws(() => allocateRange("web", all), /every range/);
});
