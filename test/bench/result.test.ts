import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTable, median, resultOf } from "./result.ts";

const about = { metric: "start", unit: "ms", method: "by hand" };

test("the median is the middle, or the mean of the two in the middle", () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 2, 9]), 3);
});

test("a ratio is the median of each round's own, so that noise common to a round cancels", () => {
  const rounds = [
    { berth: 20, baselines: { bare: 10 } },
    { berth: 400, baselines: { bare: 200 } },
    { berth: 60, baselines: { bare: 10 } },
  ];
  const result = resultOf(about, rounds);
  assert.deepEqual(result, { ...about, berth: 60, baselines: { bare: 10 }, ratios: { bare: 2 }, rounds: 3 });
});

test("the table names each baseline with its ratio", () => {
  const table = formatTable([resultOf(about, [{ berth: 20, baselines: { bare: 10 } }])]);
  assert.match(table, /start +20 ms +1\n +beside bare +10 ms +× 2/);
});
