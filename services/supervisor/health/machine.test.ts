import assert from "node:assert/strict";
import { test } from "node:test";
import { afterProbe, STARTING } from "./machine.ts";

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
