import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUnits } from "./boot-look.ts";

test("units are told by when they began and when they were active; one that never started is not", () => {
  const text = `Id=a.service
InactiveExitTimestampMonotonic=1500000
ActiveEnterTimestampMonotonic=2000000

Id=never.service
InactiveExitTimestampMonotonic=0
ActiveEnterTimestampMonotonic=0
`;
  assert.deepEqual([...parseUnits(text)], [["a.service", { began: 1.5, active: 2 }]]);
});
