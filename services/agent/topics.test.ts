import assert from "node:assert/strict";
import { test } from "node:test";
import { filterOf, groupOrdersTopicOf, logsTopicOf, parseTopic, sharedFilterOf, topicOf } from "./topics.ts";

test("topics are those of the protocol", () => {
  assert.equal(topicOf("demo", "orders"), "berth/1/demo/orders");
  assert.equal(logsTopicOf("demo", "web"), "berth/1/demo/logs/web");
  assert.equal(groupOrdersTopicOf("north"), "berth/1/groups/north/orders");
  assert.equal(filterOf("receipts"), "berth/1/+/receipts");
  assert.equal(sharedFilterOf("fleet", "logs"), "$share/fleet/berth/1/+/logs/+");
});

test("a topic is read back", () => {
  assert.deepEqual(parseTopic(topicOf("demo", "state")), { device: "demo", branch: "state", workload: undefined });
  assert.deepEqual(parseTopic(logsTopicOf("demo", "web")), { device: "demo", branch: "logs", workload: "web" });
});

test("what is not a device's topic is not read as one", () => {
  for (const topic of [
    "berth/1/groups/north/orders",
    "berth/2/demo/state",
    "berth/1/demo",
    "berth/1/demo/logs",
    "berth/1/demo/state/x",
    "berth/1//state",
    "berth/1/demo/logs/web/x",
    "berth/1/demo/else",
  ]) {
    assert.equal(parseTopic(topic), undefined, topic);
  }
});
