import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import { HealthCheck } from "../../model/workload.ts";
import { probe } from "./probe.ts";

let server: Server;
let port: number;
const asked: string[] = [];

before(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (request.url === "/never") return;
    const status = Number(request.url?.slice(1));
    response.writeHead(status, status === 302 ? { location: "/500" } : {}).end("body");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

function check(more: object) {
  return HealthCheck.parse({ timeout: "5s", ...more });
}

function run(more: object, exec: () => Promise<number> = () => Promise.reject(new Error("not asked for"))) {
  return probe(check(more), "127.0.0.1", exec, new AbortController().signal);
}

test("a status from 200 to 399 is healthy, others say which it was", async () => {
  assert((await run({ http: { port, path: "/200" } })).succeeded);
  const result = await run({ http: { port, path: "/503" } });
  assert(!result.succeeded);
  assert.match(result.message, /503/);
});

test("a redirect counts as an answer and is not followed", async () => {
  asked.length = 0;
  assert((await run({ http: { port, path: "/302" } })).succeeded);
  assert.deepEqual(asked, ["/302"]);
});

test("a server that does not answer is unhealthy after the timeout, and that is said", async () => {
  const result = await run({ http: { port, path: "/never" }, timeout: "50ms" });
  assert(!result.succeeded);
  assert.match(result.message, /no answer within 50ms/);
});

test("a connection is enough for tcp, a closed port is not", async () => {
  assert((await run({ tcp: { port } })).succeeded);
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const address = closed.address();
  await new Promise((resolve) => closed.close(resolve));
  assert(typeof address === "object" && address !== null);
  assert(!(await run({ tcp: { port: address.port } })).succeeded);
});

test("a command is healthy when it exits with 0, and one that cannot run is not", async () => {
  assert((await run({ exec: ["true"] }, async () => 0)).succeeded);
  assert.match((await run({ exec: ["false"] }, async () => 7)).message, /exited with 7/);
  assert.deepEqual(await run({ exec: ["x"] }, () => Promise.reject(new Error("web is not running"))), {
    succeeded: false,
    message: "web is not running",
  });
});

test("a workload without an address is not healthy", async () => {
  const result = await probe(check({ tcp: { port } }), undefined, async () => 0, new AbortController().signal);
  assert.deepEqual(result, { succeeded: false, message: "it has no address" });
});
