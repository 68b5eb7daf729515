import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResourceCounters } from "./ports.ts";
import { usageOf } from "./stats.ts";

const counters: ResourceCounters = {
  at: 10_000,
  cpu: 3_000_000,
  memory: 4096,
  peak: 8192,
  pids: 3,
  io: { read: 1, written: 2 },
  network: undefined,
  limits: { cpus: 0.5, memory: undefined, pids: 64 },
};

test("CPU is told in percent of a processor over the time between two looks", () => {
  const { cpu } = usageOf({ ...counters, at: 8_000, cpu: 2_500_000 }, counters);
  assert.deepEqual(cpu, { percent: 25, limit: 50, seconds: 3 });
});

test("a first look, and the first one after a restart, tell no percentage", () => {
  assert.equal(usageOf(undefined, counters).cpu.percent, 0);
  assert.equal(usageOf({ ...counters, at: 8_000, cpu: 9_000_000 }, counters).cpu.percent, 0);
});

test("what has no limit shows none", () => {
  const usage = usageOf(undefined, counters);
  assert.deepEqual(usage.memory, { current: 4096, peak: 8192 });
  assert.deepEqual(usage.pids, { current: 3, limit: 64 });
  assert.ok(!("network" in usage));
});
