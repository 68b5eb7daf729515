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
import { FakeImages, FakeVolumes, FakeWorkloads } from "./fixtures/fakes.ts";
import { supervisorHandlers } from "./handlers.ts";
import { Journal } from "./journal/journal.ts";
import { MIGRATIONS } from "./migrations.ts";
import { Supervisor } from "./supervisor.ts";

const clock = { now: () => new Date() };
const action = { kind: "apply", manifest: { name: "web", image: "nginx:1" } } as const;

let directory: string;
let images: FakeImages;
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
  images = new FakeImages();
  const volumes = new FakeVolumes();
  const workloads = new FakeWorkloads();
  supervisor = new Supervisor({
    device: "demo",
    journal,
    images,
    workloads,
    volumes,
    clock,
    signingKeys: new Map(),
    clockSynchronized: async () => true,
    policy: DEFAULT_POLICY,
    capacity: { cpus: 2, memory: 2 ** 30 },
    onError: refuse,
  });
  await supervisor.start([]);
  const identity = await importSigningKey((await generateSigningKey()).privateKey);
  over = (origin) => {
    const app = new Hono();
    const device = () => Promise.reject(new Error("not asked for here"));
    const issuer = `holder of the ${origin} socket`;
    bindContract(app, supervisorHandlers({ supervisor, journal, workloads, identity, origin, issuer, device }));
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
    agent.call("removeImage", { query: { reference: "nginx:1" } }),
    agent.call("pruneImages"),
    agent.call("importImages", { query: { reference: "nginx:1" }, body: new Blob(["a tar"]).stream() }),
    agent.call("backupVolume", { params: { name: "db" } }),
    agent.call("restoreVolume", { params: { name: "db" }, body: new Blob(["a tar"]).stream() }),
    agent.call("removeVolume", { params: { name: "db" } }),
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

test("an image is removed and pruned unless a workload names it", async () => {
  const lan = over("lan");
  for (const name of ["nginx:1", "spare:1"]) {
    images.remote.set(`docker.io/library/${name}`, `sha256:${name}`);
    await images.pull(name, { signal: new AbortController().signal });
  }
  const { order } = await lan.call("giveOrder", { body: { action } });
  for (;;) {
    const { status } = await lan.call("getOrder", { params: { id: order } });
    if (status === "succeeded") break;
    assert.ok(["accepted", "running"].includes(status), status);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const listed = await lan.call("listImages");
  assert.deepEqual(
    listed.map(({ reference, workloads: users }) => [reference, users]),
    [
      ["docker.io/library/nginx:1", ["web"]],
      ["docker.io/library/spare:1", []],
    ],
  );
  await assert.rejects(lan.call("removeImage", { query: { reference: "nginx:1" } }), /is the image of web/);
  await assert.rejects(lan.call("removeImage", { query: { reference: "nginx:9" } }), /there is no image nginx:9/);
  await assert.rejects(lan.call("exportImage", { query: { reference: "nginx:9" } }), /there is no image nginx:9/);
  const dry = await lan.call("pruneImages", { query: { dryRun: true } });
  assert.deepEqual(dry, { images: ["docker.io/library/spare:1"], bytes: 7, dryRun: true });
  assert.deepEqual((await lan.call("pruneImages")).images, ["docker.io/library/spare:1"]);
  assert.deepEqual(
    (await images.list()).map(({ reference }) => reference),
    ["docker.io/library/nginx:1"],
  );
  assert.equal((await lan.call("inspectImage", { query: { reference: "nginx:1" } })).workloads[0], "web");
});

test("an unsigned order is recorded under the socket it came over", async () => {
  const receipt = await over("lan").call("giveOrder", { body: { action } });
  assert.equal(receipt.origin, "lan");
  assert.equal(receipt.issuer, "holder of the lan socket");
});
