import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { until } from "../agent/fixtures/until.ts";
import { topicOf } from "../agent/topics.ts";
import type { Order } from "../model/order.ts";
import { signJws } from "../model/signature.ts";
import { Telemetry } from "../model/telemetry.ts";
import { readFleet } from "./directory.ts";
import { TestBroker } from "./fixtures/broker.ts";
import { MqttPublisher } from "./fixtures/publisher.ts";
import { TestDevice } from "./fixtures/test-device.ts";

// Here no fleet is running that would send an order again: what comes twice comes from the broker.
const LIMIT = { timeout: 60_000 };

let folder: string;
let broker: TestBroker;
const ends: (() => Promise<void>)[] = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "berth-link-"));
  broker = await TestBroker.start(join(folder, "fleet"));
}, LIMIT);
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
}, LIMIT);
after(async () => {
  await broker.kill();
  rmSync(folder, { recursive: true, force: true });
}, LIMIT);

async function setUp(name: string): Promise<{ device: TestDevice; operator: MqttPublisher }> {
  const device = await TestDevice.make(name, join(folder, name), broker);
  const operator = await MqttPublisher.connect(broker, "fleet-certificate", [
    topicOf(name, "receipts"),
    topicOf(name, "telemetry"),
  ]);
  ends.push(
    () => device.stop(),
    () => operator.end(),
  );
  device.run();
  await until("the link", () => device.status()?.state === "connected");
  return { device, operator };
}

async function order(device: string, sequence: number): Promise<string> {
  const { signing } = await readFleet(broker.directory);
  const content: Order = {
    id: `order-${device}-${sequence}`,
    device,
    sequence,
    issuer: "test",
    issuedAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    action: { kind: "stop", workload: "web" },
  };
  return JSON.stringify(await signJws(content, { ...signing, type: "berth-order" }));
}

test("the broker keeps an order until the supervisor has answered, and not longer", LIMIT, async () => {
  const { device, operator } = await setUp("kept");
  const { supervisor } = device;
  let answer = () => {};
  supervisor.held = new Promise((resolve) => {
    answer = resolve;
  });
  await operator.publish(topicOf("kept", "orders"), await order("kept", 1));
  await until("the first delivery", () => supervisor.brought.length === 1);
  await device.kill();
  device.run();
  await until("the second delivery", () => supervisor.brought.length === 2);
  answer();
  supervisor.held = undefined;
  await until("the receipt", () => operator.messages().length === 1);
  await device.kill();
  device.run();
  await operator.publish(topicOf("kept", "orders"), await order("kept", 2));
  await until("the next order", () => supervisor.taken.length === 2);
  assert.deepEqual(supervisor.brought, ["order-kept-1", "order-kept-1", "order-kept-2"]);
});

test("an order that waits for its answer holds up neither receipts nor the link", LIMIT, async () => {
  const { device, operator } = await setUp("held");
  device.supervisor.held = new Promise(() => undefined);
  await operator.publish(topicOf("held", "orders"), await order("held", 1));
  await until("the delivery", () => device.supervisor.brought.length === 1);
  for (let count = 1; count <= 100; count++) device.supervisor.addReceipt(`order-other-${count}`, "accepted");
  await until("the receipts", () => operator.messages().length === 100);
  assert.equal(device.status()?.state, "connected");
  assert.equal(device.supervisor.brought.length, 1);
});

test("receipts that nobody heard are kept until somebody does", LIMIT, async () => {
  const { device, operator } = await setUp("unheard");
  await operator.end();
  for (let count = 1; count <= 40; count++) device.supervisor.addReceipt(`order-other-${count}`, "accepted");
  await until("a receipt", () => /Received PUBLISH from unheard .*receipts/.test(broker.log));
  const listener = await MqttPublisher.connect(broker, "fleet-certificate", [topicOf("unheard", "receipts")]);
  ends.push(() => listener.end());
  await until("the receipts", () => listener.messages().length >= 40);
});

test(
  "a broker that lost its memory is told the last receipts again: it may not have handed them on",
  LIMIT,
  async () => {
    const { device, operator } = await setUp("again");
    for (let count = 1; count <= 3; count++) device.supervisor.addReceipt(`order-other-${count}`, "accepted");
    await until("the receipts", () => operator.messages().length === 3);
    await broker.kill();
    await broker.run();
    const listener = await MqttPublisher.connect(broker, "fleet-certificate", [topicOf("again", "receipts")]);
    ends.push(() => listener.end());
    await until("the receipts", () => listener.messages().length === 3);
    assert.deepEqual(listener.messages(), operator.messages());
  },
);

test("what is no order is acknowledged and reported, and the next one is taken", LIMIT, async () => {
  const { device, operator } = await setUp("odd");
  for (const text of ["not json at all", JSON.stringify({ protected: "a", payload: "b" }), "", "x".repeat(1_000_000)]) {
    await operator.publish(topicOf("odd", "orders"), text);
  }
  await operator.publish(topicOf("odd", "orders"), await order("odd", 1));
  await until("the order", () => device.supervisor.taken.length === 1);
  await until("the reports", () => operator.messages().filter(({ topic }) => topic.endsWith("telemetry")).length === 4);
  const codes = operator
    .messages()
    .filter(({ topic }) => topic.endsWith("telemetry"))
    .map(({ text }) => Telemetry.parse(JSON.parse(text)))
    .map((telemetry) => (telemetry.kind === "problem" ? telemetry.reason.code : telemetry.kind));
  assert.deepEqual(codes, ["invalid-json", "missing-field", "invalid-json", "invalid-json"]);
});
