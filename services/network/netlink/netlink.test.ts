import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRoute, newAddress } from "./address.ts";
import { attribute, text } from "./attribute.ts";
import { linkIndex, linkUp, newVeth, withHardwareAddress } from "./link.ts";
import { decodeAnswers, encodeRequests } from "./request.ts";

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

test("an attribute has its length without padding, and ends on four bytes", () => {
  assert.equal(hex(attribute(3, text("eth0"))), "09000300" + "6574683000" + "000000");
});

// struct nlmsghdr, struct ifinfomsg with IFF_UP, IFLA_IFNAME.
test("an interface is switched on", () => {
  const bytes = hex(encodeRequests([linkUp("lo")]));
  assert.equal(
    bytes,
    "28000000" +
      "1000" +
      "0500" +
      "01000000" +
      "00000000" +
      "00000000" +
      "00000000" +
      "01000000" +
      "01000000" +
      "07000300" +
      "6c6f0000",
  );
});

test("an address is its own and its network's; an IPv6 one is used at once", () => {
  const v4 = newAddress(2, "10.88.0.9", 16);
  assert.equal(hex(v4.body), "02100000" + "02000000" + "080002000a580009" + "080001000a580009");
  const v6 = newAddress(2, "fd12:3456:789a::a58:9", 64);
  assert.equal(hex(v6.body.subarray(0, 8)), "0a400200" + "02000000");
  assert.equal(hex(v6.body.subarray(12, 28)), "fd123456789a0000000000000a580009");
});

test("a default route leads to the gateway by the interface", () => {
  const { body } = defaultRoute(2, "10.88.0.1");
  assert.equal(hex(body), "02000000fe030001" + "00000000" + "080005000a580001" + "0800040002000000");
  assert.equal(hex(defaultRoute(2, "::1").body.subarray(16, 32)), "00000000000000000000000000000001");
});

test("a link's hardware address is its six bytes", () => {
  const body = hex(withHardwareAddress("eth0", "02:be:0a:58:00:09").body);
  for (const part of ["090003006574683000", "0a00010002be0a580009"]) assert.ok(body.includes(part), part);
});

test("a pair's other end has its name and namespace", () => {
  const body = hex(newVeth({ name: "bw1", peer: { name: "eth0", namespace: 7 } }).body);
  for (const part of ["080003006277310", "0800010076657468", "090003006574683000", "08001c0007000000"]) {
    assert.ok(body.includes(part), part);
  }
});

test("answers tell which request they end, and how", () => {
  const message = (length: number, type: number, sequence: number, rest: string) => {
    const bytes = Buffer.alloc(length);
    bytes.writeUInt32LE(length, 0);
    bytes.writeUInt16LE(type, 4);
    bytes.writeUInt32LE(sequence, 8);
    bytes.write(rest, 16, "hex");
    return bytes;
  };
  const [done, failed, link] = decodeAnswers(
    Buffer.concat([
      message(36, 2, 1, "00000000"),
      message(36, 2, 2, "edffffff"),
      message(32, 16, 3, "0000010005000000"),
    ]),
  );
  assert.deepEqual([done?.request, done?.error], [0, 0]);
  assert.deepEqual([failed?.request, failed?.error], [1, 19]);
  assert.equal(link?.error, undefined);
  assert.equal(linkIndex(link?.body ?? new Uint8Array(8)), 5);
  assert.throws(() => decodeAnswers(message(36, 2, 1, "00000000").subarray(0, 20)), /cut off/);
});
