import assert from "node:assert/strict";
import { test } from "node:test";
import { subnetOf } from "./subnet.ts";
import { makeUlaPrefix, ulaAddress, ulaSubnet } from "./ula.ts";

const workloads = subnetOf("10.88.0.0/16");

test("a prefix is fd and forty random bits", () => {
  assert.equal(makeUlaPrefix(new Uint8Array([0, 0, 1, 0xab, 0xcd])), "fd00:1:abcd");
  const subnet = ulaSubnet(makeUlaPrefix(crypto.getRandomValues(new Uint8Array(5))), workloads);
  assert.equal(new URL(`http://[${subnet.start}1]`).hostname.startsWith("[fd"), true);
});

test("the address of both families is one", () => {
  const subnet = ulaSubnet("fd12:3456:789a", workloads);
  assert.equal(subnet.gateway, "fd12:3456:789a::a58:1");
  assert.equal(subnet.cidr, "fd12:3456:789a::/64");
  assert.equal(ulaAddress(subnet, "10.88.0.1"), "fd12:3456:789a::a58:1");
  assert.equal(ulaAddress(subnet, "10.88.255.254"), "fd12:3456:789a::a58:fffe");
});

test("what is no unique local prefix is refused", () => {
  for (const wrong of ["fe80:1:2", "fd12:3456", "fd12:3456:789a::", " "])
    assert.throws(() => ulaSubnet(wrong, workloads), wrong);
});
