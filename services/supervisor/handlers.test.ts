import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Hono } from "hono";
import { type ApiClient, connect } from "../api/client.ts";
import { bindContract } from "../api/server.ts";
import { type Database, openDatabase } from "../host/database.ts";
import type { Origin } from "../model/order.ts";
import { DEFAULT_POLICY } from "../model/policy.ts";
import { ReasonError } from "../model/reason.ts";
import { generateSigningKey, importSigningKey } from "../model/signature.ts";
import { FakeImages, FakeWorkloads } from "./fixtures/fakes.ts";
import { supervisorHandlers } from "./handlers.ts";
import { Journal } from "./journal/journal.ts";
import { MIGRATIONS } from "./migrations.ts";
import { Supervisor } from "./supervisor.ts";

const clock = { now: () => new Date() };
const action = { kind: "apply", manifest: { name: "web", image: "nginx:1" } } as const;

let directory: string;
let database: Database;
let supervisor: Supervisor;
let over: (origin: Origin) => ApiClient;

function refuse(error: unknown): void {
  throw error;
}

before(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-handlers-"));
  database = openDatabase(join(directory, "state.db"), MIGRATIONS);
  const journal = new Journal(database, { device: "demo", clock });
  const images = new FakeImages();
  const workloads = new FakeWorkloads();
  supervisor = new Supervisor({
    device: "demo",
    journal,
    images,
    workloads,
    clock,
    signingKeys: new Map(),
    policy: DEFAULT_POLICY,
    onError: refuse,
  });
  await supervisor.start([]);
  const identity = await importSigningKey((await generateSigningKey()).privateKey);
  over = (origin) => {
    const app = new Hono();
    const device = () => Promise.reject(new Error("not asked for here"));
    const issuer = `holder of the ${origin} socket`;
    bindContract(app, supervisorHandlers({ supervisor, journal, images, workloads, identity, origin, issuer, device }));
    return connect({ base: "http://device", fetch: async (url, init) => app.request(url, init) });
  };
});

after(() => {
  supervisor.stop();
  database.close();
  rmSync(directory, { recursive: true });
});

test("over the agent's socket nothing unsigned changes anything", async () => {
  const given = await over("lan").call("giveOrder", { body: { action } });
  const agent = over("fleet");
  const attempts = [
    agent.call("giveOrder", { body: { action } }),
    agent.call("cancelOrder", { params: { id: given.order } }),
    agent.call("importImages", { query: { reference: "nginx:1" }, body: new Blob(["a tar"]).stream() }),
  ];
  for (const attempt of attempts) {
    await assert.rejects(attempt, (error: unknown) => {
      assert(error instanceof ReasonError);
      assert.equal(error.reason.code, "signed-order-required");
      return true;
    });
  }
  assert.notEqual((await agent.call("getOrder", { params: { id: given.order } })).status, "cancelled");
});

test("an unsigned order is recorded under the socket it came over", async () => {
  const receipt = await over("lan").call("giveOrder", { body: { action } });
  assert.equal(receipt.origin, "lan");
  assert.equal(receipt.issuer, "holder of the lan socket");
});
