import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { topicOf } from "../agent/topics.ts";
import type { Presence } from "../model/device.ts";
import type { Receipt } from "../model/receipt.ts";
import { generateSigningKey, importSigningKey, type SigningIdentity, signJws } from "../model/signature.ts";
import { Hub } from "./hub.ts";
import { takeMessage } from "./incoming.ts";
import { openRegistry, type Registry } from "./registry.ts";

const at = "2026-01-01T00:00:00.000Z";
const clock = { now: () => new Date(at) };
const nothing = () => undefined;
const log = { debug: nothing, info: nothing, warning: nothing, error: nothing };

let own: SigningIdentity;
let other: SigningIdentity;
let folder: string;
let registry: Registry;
let online: string[];

before(async () => {
  own = await importSigningKey((await generateSigningKey()).privateKey);
  other = await importSigningKey((await generateSigningKey()).privateKey);
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-incoming-"));
  registry = openRegistry(join(folder, "fleet.db"));
  registry.enrol("demo", at);
  registry.enrol("else", at);
  online = [];
});
afterEach(() => {
  registry.close();
  rmSync(folder, { recursive: true, force: true });
});
after(nothing);

function bring(topic: string, body: unknown, retained = false): Promise<void> {
  const payload = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
  const message = { topic, payload, qos: 1, retained, correlation: undefined } as const;
  return takeMessage(message, { registry, hub: new Hub(), clock, log, onOnline: (device) => online.push(device) });
}

const presence = (identity: SigningIdentity, device = "demo"): Presence => ({
  device,
  online: true,
  at: "2025-12-31T00:00:00Z",
  publicKey: identity.publicKey,
  version: "0.1.0",
});

async function bringReceipt(identity: SigningIdentity, change: Partial<Receipt> = {}, keyId = "demo"): Promise<void> {
  const receipt: Receipt = {
    sequence: 1,
    order: "order-0001",
    device: "demo",
    status: "accepted",
    at,
    origin: "fleet",
    issuer: "fleet",
    verified: true,
    ...change,
  };
  await bring(topicOf("demo", "receipts"), await signJws(receipt, { identity, keyId, type: "berth-receipt" }));
}

const problem = () => registry.device("demo")?.problem?.code;
const count = () => registry.receiptsAfter("demo", 0, 10).length;

test("the first key a device shows is its key, and receipts signed with it count once", async () => {
  await bring(topicOf("demo", "presence"), presence(own));
  await bringReceipt(own);
  await bringReceipt(own);
  assert.equal(count(), 1);
  assert.equal(problem(), undefined);
});

test("a refusal of something forged never speaks for the order whose id it claims", async () => {
  await bring(topicOf("demo", "presence"), presence(own));
  await bringReceipt(own);
  await bringReceipt(own, { sequence: 2, status: "rejected", verified: false });
  assert.equal(registry.receiptOf("demo", "order-0001")?.status, "accepted");
  assert.equal(count(), 2);
});

test("a receipt under another key, or for another device, is refused and said", async () => {
  await bring(topicOf("demo", "presence"), presence(own));
  await bringReceipt(other);
  assert.equal(problem(), "receipt-signature-invalid");
  await bringReceipt(own, {}, "else");
  assert.equal(problem(), "receipt-signature-invalid");
  await bringReceipt(own, { device: "else" });
  assert.equal(problem(), "wrong-device");
  assert.equal(count(), 0);
});

test("a key that changed is refused, and so are its receipts", async () => {
  await bring(topicOf("demo", "presence"), presence(own));
  await bring(topicOf("demo", "presence"), presence(other));
  assert.equal(problem(), "device-key-changed");
  assert.equal(registry.device("demo")?.publicKey, own.publicKey);
  await bringReceipt(other);
  assert.equal(count(), 0);
});

test("a presence that speaks for another device changes nothing", async () => {
  await bring(topicOf("demo", "presence"), presence(own, "else"));
  assert.equal(registry.device("else")?.online, false);
  assert.equal(registry.device("demo")?.publicKey, undefined);
  assert.equal(problem(), "wrong-device");
});

test("a device that has just connected is told from one that was connected before us", async () => {
  await bring(topicOf("demo", "presence"), presence(own), true);
  assert.deepEqual(online, []);
  assert.equal(registry.device("demo")?.lastSeen, "2025-12-31T00:00:00Z");
  await bring(topicOf("demo", "presence"), presence(own));
  assert.deepEqual(online, ["demo"]);
  assert.equal(registry.device("demo")?.lastSeen, at);
});

test("nonsense is written down as the device's problem, and strangers leave no trace", async () => {
  await bring(topicOf("demo", "events"), "nonsense");
  assert.equal(problem(), "invalid-json");
  await bring(topicOf("demo", "state"), { device: "demo" });
  assert.equal(problem(), "missing-field");
  await bring(topicOf("stranger", "presence"), presence(own, "stranger"));
  await bring("berth/1/groups/north/orders", "nonsense");
  assert.equal(registry.device("stranger"), undefined);
});
