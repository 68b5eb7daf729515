import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { after, before, test } from "node:test";
import { makeSelfSigned } from "../../host/certificate.ts";
import { HealthCheck } from "../../model/workload/health.ts";
import { type ExecProbe, probe } from "./probe.ts";

let server: Server;
let port: number;
const asked: string[] = [];
let heard: IncomingHttpHeaders = {};

function ended(exitCode: number, output = "") {
  return { exitCode, output };
}

before(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    heard = request.headers;
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

function run(more: object, exec: ExecProbe = () => Promise.reject(new Error("not asked for"))) {
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

test("what a failed probe heard is told on one line, without what could steer a terminal, and cut", async () => {
  const output = `no\u001b[2J\n\tdatabase ${"x".repeat(1000)}`;
  const { message } = await run({ exec: ["check"] }, async () => ended(1, output));
  assert.match(message, /^the command exited with 1: no \[2J database x+…$/);
  assert(message.length < 350);
  assert.equal((await run({ http: { port, path: "/503" } })).message, "it answered with status 503: body");
});

test("a request names the host and carries the headers it is given", async () => {
  await run({ http: { port, path: "/200", host: "shop.example", headers: { "X-Probe": "berth" } } });
  assert.deepEqual([heard.host, heard["x-probe"]], ["shop.example", "berth"]);
});

test("a certificate of any kind serves over https, unless it is to be verified", async () => {
  const { certificate, privateKey } = await makeSelfSigned({
    commonName: "box",
    altNames: { dns: ["box"] },
    days: 1,
  });
  const secure = createSecureServer({ cert: certificate, key: privateKey }, (_, response) => response.end("ok"));
  await new Promise<void>((resolve) => secure.listen(0, "127.0.0.1", resolve));
  const address = secure.address();
  assert(typeof address === "object" && address !== null);
  const http = { scheme: "https", port: address.port, host: "box" };
  try {
    assert.equal((await run({ http })).message, "it answered with status 200");
    const verified = await run({ http: { ...http, verify: true } });
    assert(!verified.succeeded);
    assert.match(verified.message, /certificate/i);
  } finally {
    secure.closeAllConnections();
    secure.close();
  }
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
  assert((await run({ exec: ["true"] }, async () => ended(0))).succeeded);
  assert.equal((await run({ exec: ["false"] }, async () => ended(7))).message, "the command exited with 7");
  assert.deepEqual(await run({ exec: ["x"] }, () => Promise.reject(new Error("web is not running"))), {
    succeeded: false,
    message: "web is not running",
  });
});

test("a workload without an address is not healthy", async () => {
  const result = await probe(check({ tcp: { port } }), undefined, async () => ended(0), new AbortController().signal);
  assert.deepEqual(result, { succeeded: false, message: "it has no address" });
});
