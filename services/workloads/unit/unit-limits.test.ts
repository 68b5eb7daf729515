import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkloadInput } from "../../model/workload.ts";
import { manifestOf } from "../fixtures/manifest.ts";
import { limitProperties } from "./unit-limits.ts";

function limits(input: Partial<WorkloadInput> = {}) {
  const properties = limitProperties(manifestOf(input), "/data/berth");
  return (name: string) => properties.find((property) => property.name === name)?.value;
}

test("limits are the unit's", () => {
  const of = limits({ limits: { cpus: "500m", cpuWeight: 20, memory: "256Mi", memoryHigh: "192Mi", pids: 64 } });
  assert.equal(of("CPUQuotaPerSecUSec"), 500_000);
  assert.equal(of("CPUWeight"), 20);
  assert.equal(of("MemoryMax"), 256 * 2 ** 20);
  assert.equal(of("MemoryHigh"), 192 * 2 ** 20);
  // The workload's, and those of the helpers that run in its unit.
  assert.equal(of("TasksMax"), 67);
});

test("there is no swap unless it is asked for", () => {
  assert.equal(limits()("MemorySwapMax"), 0);
  assert.equal(limits({ limits: { swap: "64Mi" } })("MemorySwapMax"), 64 * 2 ** 20);
});

test("the disk's limits are those of the disk the data is on", () => {
  const of = limits({ limits: { io: { weight: 50, readBandwidth: "8Mi", writeIops: 100 } } });
  assert.equal(of("IOWeight"), 50);
  assert.deepEqual(of("IOReadBandwidthMax"), [{ path: "/data/berth", most: 8 * 2 ** 20 }]);
  assert.deepEqual(of("IOWriteIOPSMax"), [{ path: "/data/berth", most: 100 }]);
  assert.equal(of("IOWriteBandwidthMax"), undefined);
});

test("memory that is reserved is taken from others first", () => {
  assert.equal(limits({ reserve: { memory: "32Mi" } })("MemoryLow"), 32 * 2 ** 20);
});

test("without limits none are set, and everything is counted all the same", () => {
  const of = limits();
  for (const name of ["CPUQuotaPerSecUSec", "CPUWeight", "MemoryMax", "MemoryHigh", "MemoryLow", "TasksMax"]) {
    assert.equal(of(name), undefined);
  }
  for (const name of ["CPUAccounting", "MemoryAccounting", "TasksAccounting", "IOAccounting"])
    assert.equal(of(name), true);
});
