import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Problem } from "../model/problem.ts";
import type { Receipt } from "../model/receipt.ts";
import { generateSigningKey, importSigningKey } from "../model/signature.ts";
import { fleetApp } from "./app.ts";
import { Fleet } from "./fleet.ts";
import { openRegistry, type Registry } from "./registry.ts";

const TOKEN = "a token of the fleet";
const at = "2026-01-01T00:00:00Z";
const nothing = () => undefined;

let folder: string;
let registry: Registry;
let app: ReturnType<typeof fleetApp>;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "berth-app-"));
  registry = openRegistry(join(folder, "fleet.db"));
  registry.enrol("demo", at);
  const identity = await importSigningKey((await generateSigningKey()).privateKey);
  // Its broker is never connected to: what is asked here needs none.
  const fleet = new Fleet({
    registry,
    signing: { identity, keyId: "fleet" },
    broker: { broker: "mqtts://broker.invalid", ca: "", certificate: "", key: "" },
    clock: { now: () => new Date(at) },
    log: { debug: nothing, info: nothing, warning: nothing, error: nothing },
    random: Math.random,
    answerMilliseconds: 0,
  });
  app = fleetApp(fleet, { token: TOKEN, issuer: "fleet" });
});
after(() => {
  registry.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(path: string, init: RequestInit = {}, token = TOKEN): Promise<{ status: number; code: string }> {
  const response = await app.request(path, { ...init, headers: { authorization: `Bearer ${token}` } });
  const problem = Problem.safeParse(await response.json());
  return { status: response.status, code: problem.success ? problem.data.reason.code : "" };
}

test("nothing is told without the token", async () => {
  assert.deepEqual(await ask("/v1/devices", {}, "another token"), { status: 401, code: "unauthorized" });
  assert.equal((await app.request("/v1/devices/demo/state")).status, 401);
});

test("the devices are listed as they were enrolled and last heard of", async () => {
  const response = await app.request("/v1/devices", { headers: { authorization: `Bearer ${TOKEN}` } });
  assert.deepEqual(await response.json(), [{ device: "demo", online: false, at, enrolledAt: at }]);
});

test("a device that is not there is named, one that said nothing yet is unreachable", async () => {
  assert.deepEqual(await ask("/v1/devices/nobody/state"), { status: 404, code: "device-not-found" });
  assert.deepEqual(await ask("/v1/devices/demo/state"), { status: 503, code: "device-unreachable" });
  assert.deepEqual(await ask("/v1/devices/demo/device"), { status: 503, code: "device-unreachable" });
});

test("an order without a broker is refused, not kept for later in secret", async () => {
  const body = JSON.stringify({ id: "order-0001", action: { kind: "stop", workload: "web" } });
  const given = await ask("/v1/devices/demo/orders", { method: "POST", body });
  assert.deepEqual(given, { status: 503, code: "broker-unreachable" });
  assert.deepEqual(await ask("/v1/devices/demo/orders/order-0001"), { status: 404, code: "order-not-found" });
});

test("what only the device itself can do says so", async () => {
  const images = "/v1/devices/demo/images";
  assert.equal((await ask(`${images}/export?reference=web`)).code, "not-supported-over-fleet");
  assert.equal((await ask("/v1/devices/demo/volumes/db/content")).code, "not-supported-over-fleet");
  assert.equal((await ask(`${images}/import`, { method: "POST", body: "tar" })).code, "not-supported-over-fleet");
  const cancelled = await ask("/v1/devices/demo/orders/order-0001", { method: "DELETE" });
  assert.equal(cancelled.code, "not-supported-over-fleet");
});

test("what a device must be asked now is not ordered from one that is away", async () => {
  for (const path of ["stats", "images", "volumes", "volumes/db"]) {
    const response = await app.request(`/v1/devices/demo/${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    assert.match(await response.text(), /"code":"device-unreachable"/, path);
  }
  const removed = await ask("/v1/devices/demo/volumes/db", { method: "DELETE" });
  assert.deepEqual(removed, { status: 503, code: "device-unreachable" });
  assert.deepEqual(registry.unanswered("demo"), []);
});

test("the newest receipt of each order is listed, newest first", async () => {
  const receipt = (sequence: number, order: string, status: Receipt["status"]): Receipt => ({
    sequence,
    order,
    device: "demo",
    status,
    at,
    origin: "lan",
    issuer: "somebody",
    verified: true,
  });
  registry.addReceipt("demo", receipt(1, "order-a", "accepted"));
  registry.addReceipt("demo", receipt(2, "order-b", "accepted"));
  registry.addReceipt("demo", receipt(3, "order-a", "succeeded"));
  const response = await app.request("/v1/devices/demo/orders", { headers: { authorization: `Bearer ${TOKEN}` } });
  assert.deepEqual(await response.json(), [receipt(3, "order-a", "succeeded"), receipt(2, "order-b", "accepted")]);
});
