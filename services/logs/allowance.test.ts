import assert from "node:assert/strict";
import { test } from "node:test";
import { Allowance } from "./allowance.ts";

function taken(allowance: Allowance, tries: number, bytes = 10): number {
  let count = 0;
  for (let index = 0; index < tries; index++) if (allowance.take(bytes)) count++;
  return count;
}

test("ten seconds' worth may come at once, then the rate holds", () => {
  const allowance = new Allowance(5, 0);
  assert.equal(taken(allowance, 1000), 50);
  allowance.fill(2_000);
  assert.equal(taken(allowance, 1000), 10);
  allowance.fill(1_000_000);
  assert.equal(taken(allowance, 1000), 50);
});

test("a long line counts as several", () => {
  assert.equal(taken(new Allowance(10, 0), 1000, 4096), 20);
});
