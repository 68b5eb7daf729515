import assert from "node:assert/strict";
import { test } from "node:test";
import { afterProbe, STARTING, startPeriodLeft } from "./machine.ts";

const failed = { succeeded: false, inStartPeriod: false };

test("failures within the start period do not count", () => {
  assert.deepEqual(afterProbe(STARTING, { succeeded: false, inStartPeriod: true }, 1), STARTING);
});

test("one success makes it healthy, also within the start period", () => {
  assert.equal(afterProbe(STARTING, { succeeded: true, inStartPeriod: true }, 3).health, "healthy");
});

test("only as many failures in a row as retries make it unhealthy", () => {
  let state = afterProbe(STARTING, { succeeded: true, inStartPeriod: false }, 3);
  state = afterProbe(afterProbe(state, failed, 3), failed, 3);
  assert.equal(state.health, "healthy");
  assert.equal(afterProbe(state, failed, 3).health, "unhealthy");
  const recovered = afterProbe(state, { succeeded: true, inStartPeriod: false }, 3);
  assert.equal(afterProbe(recovered, failed, 3).health, "healthy");
});

test("once it was healthy, the start period is over", () => {
  const healthy = afterProbe(STARTING, { succeeded: true, inStartPeriod: true }, 1);
  assert.equal(afterProbe(healthy, { succeeded: false, inStartPeriod: true }, 1).health, "unhealthy");
});

test("what is left of a start period is never more than the whole, whatever the clock says", () => {
  const started = new Date("2026-01-01T00:00:00Z");
  const after = (seconds: number) => new Date(started.getTime() + seconds * 1000);
  assert.equal(startPeriodLeft(started, 30_000, after(10)), 20_000);
  assert.equal(startPeriodLeft(started, 30_000, after(40)), 0);
  assert.equal(startPeriodLeft(started, 30_000, new Date(0)), 30_000);
});
