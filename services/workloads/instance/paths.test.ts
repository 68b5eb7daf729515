import assert from "node:assert/strict";
import { test } from "node:test";
import { createKeyedLock } from "../../async/lock.ts";
import { instancesOf } from "./instances.ts";
import { instanceOfUnit, unitName } from "./paths.ts";

test("a workload's unit is never one of Berth's own services", () => {
  for (const service of ["agent", "admin", "supervisor", "config"]) {
    assert.notEqual(unitName(service), `berth-${service}.service`);
    assert.equal(instanceOfUnit(`berth-${service}.service`), undefined);
    for (const instance of instancesOf(service)) assert.equal(instanceOfUnit(unitName(instance)), instance);
  }
});

test("what is no workload's name is no workload's unit", () => {
  assert.equal(instanceOfUnit("berth-workload-Web.service"), undefined);
  assert.equal(instanceOfUnit("berth-workload-.service"), undefined);
  assert.equal(instanceOfUnit("berth-workload-web.3.service"), undefined);
  assert.equal(instanceOfUnit("other.service"), undefined);
});

test("acts on one workload wait for each other, those on others do not, and a failure holds up nobody", async () => {
  const locked = createKeyedLock();
  const order: string[] = [];
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = locked("a", async () => {
    await gate;
    order.push("a1");
    throw new Error("a1");
  });
  const second = locked("a", async () => order.push("a2"));
  await locked("b", async () => order.push("b"));
  release();
  await assert.rejects(first, /a1/);
  await second;
  assert.deepEqual(order, ["b", "a1", "a2"]);
});
