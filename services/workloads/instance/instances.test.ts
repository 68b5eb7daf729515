import assert from "node:assert/strict";
import { test } from "node:test";
import { instancesOf, roleOf, servingOf, workloadOfInstance } from "./instances.ts";
import type { WorkloadRecord } from "./record.ts";

function record(instance: string, generation: number, serving: boolean): WorkloadRecord {
  return {
    name: workloadOfInstance(instance),
    instance,
    generation,
    serving,
    fingerprint: "f",
    network: { mode: "bridge", hosts: {} },
    grace: 1,
    ports: [],
    layers: [],
    stopSignal: 15,
    unit: [],
    run: "",
    helperTasks: 0,
    volumes: [],
  };
}

function roles(...records: WorkloadRecord[]): string[] {
  return instancesOf("web").map((instance) => roleOf(instance, records));
}

test("a workload's instances are its own, and nobody else's", () => {
  assert.deepEqual(instancesOf("web"), ["web", "web.2"]);
  for (const instance of instancesOf("web")) assert.equal(workloadOfInstance(instance), "web");
  assert.equal(workloadOfInstance("web-2"), "web-2");
});

test("a new instance is a successor until it was switched to, then the old one is retired", () => {
  const old = record("web", 1, true);
  assert.deepEqual(roles(old, record("web.2", 2, false)), ["serving", "successor"]);
  assert.deepEqual(roles(old, record("web.2", 2, true)), ["retired", "serving"]);
  assert.deepEqual(roles(record("web", 3, false), record("web.2", 2, true)), ["successor", "serving"]);
  assert.deepEqual(
    servingOf([old, record("web.2", 2, true), record("db", 1, true)]).map((one) => one.instance),
    ["web.2", "db"],
  );
});

test("what lost its record is what the workload is, unless another one serves", () => {
  assert.equal(roleOf("web", []), "serving");
  assert.equal(roleOf("web", [record("web.2", 2, true)]), "retired");
  assert.equal(roleOf("web.2", [record("web", 1, true)]), "retired");
  assert.equal(roleOf("web.2", [record("web.2", 2, false)]), "retired");
});
