import assert from "node:assert/strict";
import { test } from "node:test";
import { brokerAcl, brokerConfiguration } from "./broker-configuration.ts";

const paths = { ca: "/f/ca.crt", certificate: "/f/broker.crt", key: "/f/broker.key", acl: "/f/broker.acl" };

test("a device may write its own branch but its orders, and read only those", () => {
  const patterns = brokerAcl()
    .split("\n")
    .filter((line) => line.startsWith("pattern"));
  assert(patterns.every((line) => line.includes("/%u/")));
  assert.deepEqual(
    patterns.filter((line) => line.includes("read")),
    ["pattern read berth/1/%u/orders"],
  );
  assert(!patterns.includes("pattern write berth/1/%u/orders"));
  assert(patterns.includes("pattern write berth/1/%u/logs/+"));
});

test("only the fleet gives orders", () => {
  const [, fleet = ""] = brokerAcl().split("user fleet\n");
  assert.match(fleet, /topic write berth\/1\/\+\/orders/);
  assert.doesNotMatch(fleet, /topic write berth\/1\/\+\/receipts/);
});

test("a client is who its certificate says, and answers are not held back", () => {
  const text = brokerConfiguration({ port: 8883, paths, user: "mosquitto" });
  for (const line of [
    "listener 8883",
    "require_certificate true",
    "use_identity_as_username true",
    "use_username_as_clientid true",
    "allow_anonymous false",
    "set_tcp_nodelay true",
    "acl_file /f/broker.acl",
    "user mosquitto",
  ]) {
    assert(text.split("\n").includes(line), line);
  }
});
