import assert from "node:assert/strict";
import { test } from "node:test";
import { ReasonError } from "../model/reason.ts";
import { allocateAddress, linkName } from "./address.ts";
import { addressNumber, subnetOf } from "./subnet.ts";

const subnet = subnetOf("10.88.0.0/16");

test("a workload keeps its address", () => {
  const address = allocateAddress("web", new Set(), subnet);
  assert.match(address, /^10\.88\./);
  assert.equal(allocateAddress("web", new Set(), subnet), address);
  assert.notEqual(allocateAddress("db", new Set(), subnet), address);
});

test("gives the next one when another workload has it", () => {
  const first = allocateAddress("web", new Set(), subnet);
  const second = allocateAddress("web", new Set([first]), subnet);
  assert.equal(addressNumber(second), addressNumber(first) + 1);
});

test("never gives the network's, the bridge's or the broadcast address, and says when none is left", () => {
  const small = subnetOf("192.168.9.77/29");
  const taken = new Set<string>();
  for (let index = 0; index < 5; index++) taken.add(allocateAddress("web", taken, small));
  assert.deepEqual([...taken].sort(), ["192.168.9.74", "192.168.9.75", "192.168.9.76", "192.168.9.77", "192.168.9.78"]);
  assert.throws(
    () => allocateAddress("web", taken, small),
    (error) => error instanceof ReasonError && error.reason.code === "no-address-left",
  );
});

test("a link's name fits the kernel's 15 characters", () => {
  assert.equal(linkName("10.88.0.5"), "bw88-0-5");
  assert.ok(linkName("10.255.255.255").length <= 15);
});

test("what is no network is refused", () => {
  for (const wrong of ["10.88.0.0", "10.88.0/16", "10.88.0.0/33", "10.88.0.256/16", "x/16"]) {
    assert.throws(() => subnetOf(wrong), wrong);
  }
  assert.equal(subnetOf("10.88.7.9/16").gateway, "10.88.0.1");
});
