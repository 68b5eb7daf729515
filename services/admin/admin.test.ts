import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Hono } from "hono";
import { StandInDevice } from "../../test/stand-in/device.ts";
import { type ApiClient, connect } from "../api/client.ts";
import { bindContract } from "../api/server.ts";
import { ReasonError } from "../model/reason.ts";
import { type Admin, startAdmin } from "./start.ts";

const TOKEN = "a-token-of-the-test";
const lines: string[] = [];
let directory: string;
let supervisor: ReturnType<typeof Bun.serve>;
let admin: Admin;
let base: string;
let api: ApiClient;
let device: StandInDevice;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-admin-"));
  const unix = join(directory, "supervisor.sock");
  device = new StandInDevice((order) => {
    order.receipt("running");
    order.receipt("succeeded");
  });
  device.show({ name: "web" });
  const app = new Hono();
  bindContract(app, device.handlers());
  supervisor = Bun.serve({ unix, fetch: app.fetch });
  const say = (message: string) => {
    lines.push(message);
  };
  admin = await startAdmin({
    configuration: { device: "demo", hostname: "demo", token: TOKEN },
    supervisor: connect({ base: "http://localhost", unix }),
    stateDirectory: directory,
    port: 0,
    hostname: "127.0.0.1",
    log: { debug: say, info: say, warning: say, error: say },
    notifier: { ready: () => say("ready"), status: say, keepAlive: () => {}, stopping: () => say("stopping") },
  });
  base = `https://127.0.0.1:${admin.port}`;
  api = connect({
    base,
    token: TOKEN,
    fetch: (url, init) => fetch(url, { ...init, tls: { rejectUnauthorized: false } }),
  });
});

after(async () => {
  await admin.stop();
  await supervisor.stop(true);
  rmSync(directory, { recursive: true });
});

function ask(path: string, init: RequestInit = {}, token: string | undefined = TOKEN): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== "") headers.set("authorization", `Bearer ${token}`);
  return fetch(base + path, { ...init, headers, tls: { rejectUnauthorized: false } });
}

test("the service manager hears that it is ready, after the port answers", () => {
  assert(lines.includes("ready"));
});

test("operations reach the supervisor and its answers come back", async () => {
  assert.equal((await api.call("getDevice")).name, "demo");
  assert.equal((await api.call("getWorkload", { params: { name: "web" } })).phase, "running");
  const receipt = await api.call("giveOrder", { body: { action: { kind: "stop", workload: "web" } } });
  assert.equal(receipt.status, "accepted");
  assert.deepEqual(device.orders.at(-1), { kind: "stop", workload: "web" });
});

test("a stream is passed on as it comes", async () => {
  const { sequence } = await api.call("giveOrder", { body: { action: { kind: "start", workload: "web" } } });
  const statuses: string[] = [];
  for await (const { data } of api.follow("followReceipts", { query: { after: sequence, follow: true } })) {
    statuses.push(data.status);
    if (data.status === "succeeded") break;
  }
  assert.deepEqual(statuses, ["running", "succeeded"]);
});

test("an archive is passed on without a bound of its own", async () => {
  const bytes = 4_000_000;
  await api.call("importImages", { body: new Blob([new Uint8Array(bytes)]).stream(), query: { reference: "web:1" } });
  assert.deepEqual(device.imported.at(-1), { reference: "web:1", bytes });
});

test("the supervisor's reason comes through whole, as problem details", async () => {
  const answer = await ask("/v1/workloads/wbe");
  assert.equal(answer.status, 404);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  const { reason, status } = await answer.json();
  assert.equal(status, 404);
  assert.equal(reason.code, "workload-not-found");
  assert.equal(reason.value, "wbe");
});

test("a wrong body never reaches the supervisor", async () => {
  const before = device.orders.length;
  const answer = await ask("/v1/orders", { method: "POST", body: '{"action":{"kind":"stop","workload":"No Name"}}' });
  assert.equal(answer.status, 400);
  assert.equal((await answer.json()).reason.field, "action.workload");
  assert.equal((await ask("/v1/orders", { method: "POST", body: "{" })).status, 400);
  assert.equal((await ask("/v1/orders", { method: "POST", body: "x".repeat(1_048_577) })).status, 413);
  const chunked = new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      controller.enqueue(new TextEncoder().encode("{}"));
      controller.close();
    },
  });
  assert.equal((await ask("/v1/orders", { method: "POST", body: chunked })).status, 411);
  assert.equal(device.orders.length, before);
});

test("without the token there is the page, whether it works, and the API's description; nothing else", async () => {
  for (const [path, status] of [
    ["/", 200],
    ["/healthz", 200],
    ["/openapi.json", 200],
    ["/v1/device", 401],
    ["/v1/state/stream", 401],
    ["/v1/no-such-thing", 401],
    ["/ui/about", 401],
    ["/no-such-thing", 404],
  ] as const) {
    const answer = await ask(path, {}, "");
    assert.equal(answer.status, status, path);
    assert.equal(answer.headers.get("x-frame-options"), "DENY");
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
    assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'none'; script-src 'self';/);
    if (path !== "/") assert.equal(answer.headers.get("cache-control"), "no-store");
    await answer.body?.cancel();
  }
});

test("the page and all it loads come from here, and are not sent twice", async () => {
  const page = await ask("/", {}, "");
  const html = await page.text();
  const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
  assert.equal(loaded.length, 3);
  for (const path of loaded) {
    assert.match(path, /^\.?\/[^/]/);
    const file = await ask(`/${path.replace(/^\.?\//, "")}`, {}, "");
    assert.equal(file.status, 200, path);
    assert.match(file.headers.get("cache-control") ?? "", /immutable/);
    assert(!/https?:\/\/(?!www\.w3\.org)/.test(await file.text()), `${path} names an address elsewhere`);
  }
  const again = await ask("/", { headers: { "if-none-match": page.headers.get("etag") ?? "" } }, "");
  assert.equal(again.status, 304);
});

test("a manifest's text is read for the page", async () => {
  const good = await ask("/ui/manifests", { method: "POST", body: "name: web\nimage: nginx\n" });
  assert.equal((await good.json())[0].name, "web");
  const bad = await ask("/ui/manifests", { method: "POST", body: "name: web\nimage: nginx\nprots: []\n" });
  assert.equal(bad.status, 400);
  assert.match((await bad.json()).detail, /did you mean ports\?/);
});

test("the page can show the certificate's fingerprint", async () => {
  assert.deepEqual(await (await ask("/ui/about")).json(), { hostname: "demo", fingerprint: admin.fingerprint });
});

test("the description names every operation", async () => {
  const { openapi, paths } = await (await ask("/openapi.json", {}, "")).json();
  assert.equal(openapi, "3.1.1");
  assert.equal(paths["/v1/orders"].post.operationId, "giveOrder");
});

test("too many wrong tokens are told to wait, and are in the log", async () => {
  const statuses = new Set<number>();
  let last = await ask("/v1/device", {}, "wrong");
  for (let count = 0; count < 12; count++) {
    last = await ask("/v1/device", {}, "wrong");
    statuses.add(last.status);
  }
  assert.deepEqual([...statuses], [401, 429]);
  assert(Number(last.headers.get("retry-after")) > 0);
  assert(lines.includes("a wrong token was tried"));
  assert(!lines.join("\n").includes(TOKEN));
});

test("a supervisor that is away is said so", async () => {
  const nobody = connect({ base: "http://localhost", unix: join(directory, "nobody.sock") });
  const away = await startAdmin({
    configuration: { device: "demo", hostname: "demo", token: TOKEN },
    supervisor: nobody,
    stateDirectory: directory,
    port: 0,
    hostname: "127.0.0.1",
    log: { debug() {}, info() {}, warning() {}, error() {} },
    notifier: { ready() {}, status() {}, keepAlive() {}, stopping() {} },
  });
  try {
    assert.equal(away.fingerprint, admin.fingerprint);
    const client = connect({
      base: `https://127.0.0.1:${away.port}`,
      token: TOKEN,
      fetch: (url, init) => fetch(url, { ...init, tls: { rejectUnauthorized: false } }),
    });
    await assert.rejects(client.call("getState"), (error: unknown) => {
      assert(error instanceof ReasonError);
      assert.equal(error.reason.code, "supervisor-unreachable");
      return true;
    });
    const health = await fetch(`https://127.0.0.1:${away.port}/healthz`, { tls: { rejectUnauthorized: false } });
    assert.equal(health.status, 503);
    assert.deepEqual(await health.json(), { status: "unavailable" });
  } finally {
    await away.stop();
  }
});
