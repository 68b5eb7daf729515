import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { Hono } from "hono";
import { type Script, StandInDevice } from "../../test/stand-in/device.ts";
import { bindContract } from "../api/server.ts";
import { fingerprint, makeSelfSigned } from "../host/certificate.ts";
import { runCli } from "./index.ts";
import type { CliIo } from "./io.ts";

const TOKEN = "a-token-of-the-test";
const SUCCEED: Script = (order) => {
  order.receipt("running");
  order.receipt("succeeded");
};

let directory: string;
let device: StandInDevice;
let socket: string;
let host: string;
let fleet: string;
let print: string;
const servers: { stop(now: boolean): Promise<void> }[] = [];

before(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-cli-"));
  socket = join(directory, "supervisor.sock");
  const app = new Hono();
  const fleetApp = new Hono();
  bindContract(
    app,
    late((name) => device.handlers()[name]),
  );
  bindContract(
    fleetApp,
    late((name) => device.handlers()[name]),
    { prefix: "/v1/devices/:device" },
  );
  fleetApp.get("/v1/devices", ({ req, json }) =>
    req.header("authorization") === `Bearer ${TOKEN}`
      ? json([{ device: "demo", online: true, at: new Date().toISOString(), version: "0.1.0", enrolledAt: "x" }])
      : json({}, 401),
  );
  const pair = await makeSelfSigned({ commonName: "demo", altNames: { dns: ["demo"] }, days: 1 });
  print = fingerprint(pair.certificate);
  writeFileSync(join(directory, "ca.pem"), pair.certificate);
  writeFileSync(join(directory, "token"), `${TOKEN}\n`);
  const lan = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { cert: pair.certificate, key: pair.privateKey },
    fetch: (request) =>
      request.headers.get("authorization") === `Bearer ${TOKEN}`
        ? app.fetch(request)
        : new Response("no", { status: 401 }),
  });
  const fleetServer = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: fleetApp.fetch });
  servers.push(Bun.serve({ unix: socket, fetch: app.fetch }), lan, fleetServer);
  host = `https://127.0.0.1:${lan.port}`;
  fleet = `http://127.0.0.1:${fleetServer.port}`;
});

after(async () => {
  for (const server of servers) await server.stop(true);
  rmSync(directory, { recursive: true });
});

beforeEach(() => {
  device = new StandInDevice(SUCCEED);
});

/** Handlers of the device of the test that runs, looked up at each request. */
function late(look: (name: keyof ReturnType<StandInDevice["handlers"]>) => unknown) {
  const target = new StandInDevice(SUCCEED).handlers();
  return new Proxy(target, {
    get: (_, name) => {
      const known = Object.keys(target).find((candidate): candidate is keyof typeof target => candidate === name);
      if (known === undefined) return undefined;
      return (incoming: unknown) => Reflect.apply(asFunction(look(known)), undefined, [incoming]);
    },
  });
}

function asFunction(value: unknown): (...values: unknown[]) => unknown {
  assert(typeof value === "function");
  return (...values) => Reflect.apply(value, undefined, values);
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function berth(
  words: string[],
  options: { env?: Record<string, string>; input?: string; columns?: number; interrupted?: AbortSignal } = {},
): Promise<Ran> {
  let out = "";
  let err = "";
  const columns = () => options.columns;
  const io: CliIo = {
    env: options.env ?? { BERTH_SOCKET: socket },
    out: {
      write: (text) => {
        out += text;
      },
      columns,
    },
    err: {
      write: (text) => {
        err += text;
      },
      columns,
    },
    bytes: async (piece) => {
      out += new TextDecoder("latin1").decode(piece);
    },
    input: async function* () {
      yield new TextEncoder().encode(options.input ?? "");
    },
    interrupted: options.interrupted ?? new AbortController().signal,
  };
  const code = await runCli(words, io);
  return { code, out, err };
}

const WEB = "name: web\nimage: registry.example/web:1\nports:\n  - host: 8080\n    container: 80\n";

test("apply orders what a manifest says and tells each step on a pipe", async () => {
  device.script = (order) => {
    order.receipt("running");
    order.receipt("succeeded");
  };
  const { code, out, err } = await berth(["apply", "-"], { input: WEB });
  assert.equal(code, 0, err);
  assert.match(out, /apply web: accepted\n/);
  assert.match(out, /apply web: succeeded\n$/);
  assert.equal(err, "");
  assert.deepEqual(
    device.orders.map((order) => order.kind),
    ["apply"],
  );
});

test("apply shows the pull as one live line on a terminal", async () => {
  device.script = async (order) => {
    order.receipt("running");
    order.progress({ step: "pull", message: "web:1", done: 1_048_576, total: 4_194_304 });
    await new Promise((resolve) => setTimeout(resolve, 250));
    order.progress({ step: "pull", message: "web:1", done: 4_194_304, total: 4_194_304 });
    await new Promise((resolve) => setTimeout(resolve, 250));
    order.receipt("succeeded");
  };
  const { code, out } = await berth(["apply", "-"], { input: WEB, columns: 100 });
  assert.equal(code, 0);
  assert(out.includes("\r\u001b[Kapply web  pull  [#"));
  assert.match(out, /\] {2}4\.0 MiB of 4\.0 MiB 100 %/);
  assert.match(out, /apply web: succeeded \(\d+s\)\n$/);
  assert.equal(out.split("\n").length, 2);
});

test("apply of several files orders each, and nothing where one is wrong", async () => {
  const wrong = join(directory, "wrong.yaml");
  writeFileSync(wrong, "name: web\nimage: nginx\nprots: []\nlimits: { memory: lots }\n");
  const right = join(directory, "right.yaml");
  writeFileSync(right, `${WEB}---\nname: db\nimage: db\n`);
  const refused = await berth(["apply", right, wrong]);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /^berth: .*wrong\.yaml: limits\.memory: /m);
  assert.match(refused.err, /value: {3}"lots"/);
  assert.match(refused.err, /^berth: .*wrong\.yaml: prots is not a known field; did you mean ports\?$/m);
  assert.deepEqual(device.orders, []);
  const both = await berth(["apply", right, "--detach"]);
  assert.equal(both.code, 0, both.err);
  assert.match(both.out, /^apply web: accepted, order \S+\napply db: accepted, order \S+\n$/);
});

test("text that is not YAML is refused with the line", async () => {
  const { code, err } = await berth(["apply", "-"], { input: "name: web\nimage: nginx\nports: [1,\nlimits: }" });
  assert.equal(code, 1);
  assert.match(err, /^berth: standard input: it is not YAML: .*about line 3/);
});

test("an order that fails gives 1 and the device's reason", async () => {
  device.script = (order) => {
    order.receipt("running");
    const reason = { code: "image-not-found", message: "there is no such image", field: "image", value: "nginx:x" };
    order.receipt("failed", { reason });
  };
  const { code, out, err } = await berth(["apply", "-"], { input: WEB });
  assert.equal(code, 1);
  assert.match(out, /apply web: failed/);
  assert.equal(err, 'berth: there is no such image\n  field:   image\n  value:   "nginx:x"\n');
});

test("Ctrl-C leaves the order alone and says so", async () => {
  const interruption = new AbortController();
  device.script = (order) => {
    order.receipt("running");
    setTimeout(() => interruption.abort(), 100);
  };
  const { code, err } = await berth(["restart", "web"], { interrupted: interruption.signal });
  assert.equal(code, 130);
  assert.match(err, /The order goes on; ask with: berth orders \S+\n/);
});

test("exec gives the command's output and exit code", async () => {
  device.script = (order) => {
    order.receipt("running");
    order.receipt("succeeded", { exec: { exitCode: 7, stdout: "to out\n", stderr: "to err\n", truncated: false } });
  };
  const ran = await berth(["exec", "web", "--", "sh", "-c", "exit 7"]);
  assert.deepEqual(ran, { code: 7, out: "to out\n", err: "to err\n" });
  assert.deepEqual(device.orders, [
    { kind: "exec", workload: "web", command: ["sh", "-c", "exit 7"], timeoutSeconds: 60 },
  ]);
});

test("exec of a command that could not be run gives 1 and why", async () => {
  device.script = (order) =>
    order.receipt("failed", { reason: { code: "workload-not-running", message: "it is stopped" } });
  assert.deepEqual(await berth(["exec", "web", "--", "ls"]), { code: 1, out: "", err: "berth: it is stopped\n" });
});

test("run orders a job, shows what it writes, and ends with its exit code", async () => {
  device.script = (order) => {
    if (order.action.kind !== "apply") return order.receipt("succeeded");
    device.show({ name: order.action.manifest.name });
    order.receipt("running");
    device.log("to out");
    device.log("to err", "stderr");
    order.receipt("failed", {
      exitCode: 7,
      reason: { code: "exited", message: "its process exited with 7", value: 7 },
    });
  };
  const ran = await berth([
    "run",
    "-e",
    "A=B=C",
    "-v",
    "data:/d:ro",
    "-p",
    "8080:80",
    "-m",
    "64Mi",
    "busybox:1",
    "--",
    "ls",
  ]);
  assert.deepEqual(ran, { code: 7, out: "to out\n", err: "to err\n" });
  const [order] = device.orders;
  assert(order?.kind === "apply");
  const { name, args, env, volumes, ports, limits, job, restart } = order.manifest;
  assert.match(name, /^busybox-[0-9a-f]{6}$/);
  assert.deepEqual(args, ["ls"]);
  assert.deepEqual(env, { A: "B=C" });
  assert.deepEqual(
    volumes.map((volume) => [volume.name, volume.path, volume.readOnly]),
    [["data", "/d", true]],
  );
  assert.deepEqual(ports, [{ host: 8080, container: 80, protocol: "tcp" }]);
  assert.equal(limits.memory, "64Mi");
  assert.deepEqual(job, { remove: true });
  assert.equal(restart.policy, undefined);
});

test("run tells what ended a job that did not end by itself, and keeps one when asked", async () => {
  device.script = (order) => {
    order.receipt("running");
    const reason = { code: "out-of-memory", message: "the kernel ended it: out of its memory limit" };
    order.receipt("failed", { exitCode: 137, reason });
  };
  const ran = await berth(["run", "--keep", "--name", "job", "busybox"]);
  assert.equal(ran.code, 137);
  assert.match(ran.err, /^berth: the kernel ended it/);
  const [order] = device.orders;
  assert(order?.kind === "apply");
  assert.deepEqual(order.manifest.job, { remove: false });
});

test("run --detach keeps a workload and prints its name", async () => {
  const ran = await berth(["run", "-d", "--name", "web", "--restart", "on-failure", "nginx"]);
  assert.deepEqual(ran, { code: 0, out: "web\n", err: "" });
  const [order] = device.orders;
  assert(order?.kind === "apply");
  assert.equal(order.manifest.job, undefined);
  assert.equal(order.manifest.restart.policy, "on-failure");
});

test("Ctrl-C removes what was run", async () => {
  const interruption = new AbortController();
  device.script = (order) => {
    order.receipt("running");
    if (order.action.kind === "apply") setTimeout(() => interruption.abort(), 100);
  };
  const { code, err } = await berth(["run", "--name", "job", "busybox"], { interrupted: interruption.signal });
  assert.equal(code, 130);
  assert.match(err, /^job is stopped and removed by order \S+$/m);
  assert.deepEqual(device.orders.at(-1), { kind: "remove", workload: "job" });
});

test("run refuses a name that is taken and options that are not understood", async () => {
  device.show({ name: "web" });
  const taken = await berth(["run", "--name", "web", "nginx"]);
  assert.equal(taken.code, 1);
  assert.match(taken.err, /there is a workload web/);
  for (const [words, message] of [
    [["run"], /IMAGE is missing/],
    [["run", "nginx", "ls"], /a command after --/],
    [["run", "-p", "80", "nginx"], /HOST:PORT/],
    [["run", "-v", "/host:/d", "nginx"], /volumes\[0\]\.name/],
    [["run", "-e", "NOT_SET_ANYWHERE", "nginx"], /has no value/],
    [["run", "--restart", "always", "nginx"], /--restart with --detach/],
    [["run", "--memory", "lots", "nginx"], /limits\.memory/],
  ] as const) {
    const { code, err } = await berth([...words]);
    assert.equal(code, 2, words.join(" "));
    assert.match(err, message);
  }
  assert.deepEqual(device.orders, []);
});

test("ps, logs, events, orders, device and image ls show what the device has", async () => {
  device.show({ name: "web" });
  device.log("one\u001b[2J");
  device.log("two");
  device.happen("workload-started", "web runs", { workload: "web", issuer: "alice" });
  assert.match((await berth(["ps"])).out, /^web {3}running {2}healthy/m);
  assert.equal(JSON.parse((await berth(["ps", "--json"])).out).workloads[0].name, "web");
  assert.equal((await berth(["logs", "web"])).out, "one\u001b[2J\ntwo\n");
  assert.equal((await berth(["logs", "web"], { columns: 80 })).out, "one\ufffd[2J\ntwo\n");
  assert.match((await berth(["events"])).out, /workload-started +web: web runs \(by alice\)\n$/);
  assert.equal(JSON.parse((await berth(["events", "--json"])).out).kind, "workload-started");
  const [, , id = ""] = /order ((\S+))/.exec((await berth(["stop", "-d", "web"])).out) ?? [];
  assert.match((await berth(["orders"])).out, new RegExp(`^${id} +stop web`, "m"));
  assert.match((await berth(["orders", id])).out, /given by LAN token \(lan\)/);
  assert.match((await berth(["device"])).out, /^Board +qemu-x86, amd64$/m);
  assert.match(
    (await berth(["image", "ls"])).out,
    /registry\.example\/web:1 +sha256:abababababab +1 +30\.0 MiB +0 B +web/,
  );
});

test("logs are filtered by pattern and told as JSON, dropped lines always", async () => {
  device.show({ name: "web" });
  device.log("GET /a");
  device.log("GET /b", "stderr");
  device.log("[7 lines dropped: too many]", "stderr", 7);
  assert.equal((await berth(["logs", "--grep", "b$", "web"])).out, "GET /b\n[7 lines dropped: too many]\n");
  const lines = (await berth(["logs", "--json", "web"])).out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ stream, message, dropped }) => [stream, message, dropped]),
    [
      ["stdout", "GET /a", undefined],
      ["stderr", "GET /b", undefined],
      ["stderr", "[7 lines dropped: too many]", 7],
    ],
  );
  assert.equal((await berth(["logs", "--since", "soon", "web"])).code, 2);
});

test("stats shows what workloads use: once, over and over, for programs, and of those named", async () => {
  device.show({ name: "web" });
  device.show({ name: "idle", phase: "stopped" });
  assert.match((await berth(["stats", "--no-stream"])).out, /^web +12\.5 \/ 50 +12\.0 MiB \/ 128\.0 MiB /m);
  const named = await berth(["stats", "--no-stream", "--json", "idle"]);
  assert.deepEqual(JSON.parse(named.out).workloads, [{ name: "idle", phase: "stopped", restarts: 0 }]);
  const ending = new AbortController();
  setTimeout(() => ending.abort(), 200);
  const { out } = await berth(["stats", "--json"], { interrupted: ending.signal });
  assert.ok(out.trim().split("\n").length > 1, out);
  const { code, err } = await berth(["stats", "--no-stream", "wbe"]);
  assert.equal(code, 1);
  assert.match(err, /there is no workload wbe[\s\S]*allowed: web, idle/);
});

test("an unknown workload is the device's refusal, with what there is", async () => {
  device.show({ name: "web" });
  const { code, err } = await berth(["logs", "wbe"]);
  assert.equal(code, 1);
  assert.match(err, /^berth: there is no workload wbe\n.*\n {2}value: {3}"wbe"\n {2}allowed: web\n$/s);
});

test("image import streams the whole file", async () => {
  const archive = join(directory, "image.tar");
  writeFileSync(archive, new Uint8Array(5_000_000));
  const { code, err } = await berth(["image", "import", "--reference", "web:1", archive]);
  assert.equal(code, 0, err);
  assert.deepEqual(device.imported, [{ reference: "web:1", bytes: 5_000_000 }]);
});

test("image inspect, export, remove and prune speak to the device", async () => {
  const reference = "registry.example/web:1";
  const { manifest, configuration } = JSON.parse((await berth(["image", "inspect", reference])).out);
  assert.deepEqual([manifest, configuration], [{ schemaVersion: 2 }, { os: "linux" }]);
  assert.equal((await berth(["image", "export", reference])).out, `archive of ${reference}`);
  const file = join(directory, "web.tar");
  const exported = await berth(["image", "export", "-o", file, reference]);
  assert.equal(exported.out, `${file}: 33 B of image ${reference}\n`);
  assert.equal(readFileSync(file, "utf8"), `archive of ${reference}`);
  const terminal = await berth(["image", "export", reference], { columns: 80 });
  assert.equal(terminal.code, 2);
  assert.match(terminal.err, /a terminal shows no archive/);
  assert.match(
    (await berth(["image", "remove", reference])).out,
    /^removed registry\.example\/web:1\n30\.0 MiB freed\n$/,
  );
  assert.match(
    (await berth(["image", "prune", "--dry-run"])).out,
    /^would remove registry\.example\/web:1\n30\.0 MiB would be freed\n$/,
  );
  assert.equal(JSON.parse((await berth(["image", "prune", "--json"])).out).dryRun, false);
  for (const words of [["inspect"], ["export", "a", "b"], ["prune", "x"], ["lose"]])
    assert.equal((await berth(["image", ...words])).code, 2, words.join(" "));
});

const COMPOSE = `services:
  web:
    image: registry.example/web:\${TAG:-1}
    ports: ["8080:80"]
    build: .
  db:
    image: registry.example/db:1
    environment: { PASSWORD: "a: b" }
`;

test("import gives a compose file's services as manifests that apply takes, and tells what it left out", async () => {
  const { code, out, err } = await berth(["import", "-"], { input: COMPOSE, env: { TAG: "7" } });
  assert.equal(code, 0);
  assert.match(err, /^left out: services\.web\.build: a device builds no images/);
  assert.equal((await berth(["apply", "-"], { input: out })).code, 0);
  assert.deepEqual(
    device.orders.map((action) => action.kind === "apply" && [action.manifest.name, action.manifest.image]),
    [
      ["web", "registry.example/web:7"],
      ["db", "registry.example/db:1"],
    ],
  );
  assert.deepEqual(
    device.orders.map((action) => action.kind === "apply" && action.manifest.env.PASSWORD),
    [undefined, "a: b"],
  );
});

test("import --strict fails over what was left out, --json lists it, --output writes a file each", async () => {
  const file = join(directory, "compose.yaml");
  writeFileSync(file, COMPOSE);
  assert.equal((await berth(["import", "--strict", file])).code, 1);
  const { manifests, leftOut } = JSON.parse((await berth(["import", "--json", file])).out);
  assert.equal(manifests[0].image, "registry.example/web:1");
  assert.deepEqual(leftOut[0].field, "services.web.build");
  const { out } = await berth(["import", "-o", join(directory, "made"), file]);
  assert.equal(out, `${join(directory, "made/web.yaml")}\n${join(directory, "made/db.yaml")}\n`);
  const wrong = await berth(["import", "-"], { input: "services: { web: { image: 'A B' } }" });
  assert.equal(wrong.code, 1);
  assert.equal(wrong.out, "");
  assert.match(wrong.err, /^berth: services\.web: the manifest it becomes is wrong: image/);
});

test("a volume's content goes out to a pipe or a file, and comes in again", async () => {
  device.volumes.set("db", "a volume's content");
  assert.deepEqual(await berth(["volume", "backup", "db"]), { code: 0, out: "a volume's content", err: "" });
  const file = join(directory, "db.tar");
  const saved = await berth(["volume", "backup", "db", "-o", file]);
  assert.equal(saved.code, 0, saved.err);
  assert.equal(readFileSync(file, "utf8"), "a volume's content");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal((await berth(["volume", "restore", "copy", file])).code, 0);
  assert.equal((await berth(["volume", "restore", "piped", "-"], { input: "by a pipe" })).code, 0);
  assert.deepEqual(Object.fromEntries(device.volumes), {
    db: "a volume's content",
    copy: "a volume's content",
    piped: "by a pipe",
  });
});

test("an archive is not written to a terminal, and a backup that fails leaves no file", async () => {
  device.volumes.set("db", "bytes");
  assert.equal((await berth(["volume", "backup", "db"], { columns: 80 })).code, 2);
  const { code, err } = await berth(["volume", "backup", "none", "-o", join(directory, "none.tar")]);
  assert.equal(code, 1);
  assert.match(err, /there is no volume none/);
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith("none.tar")),
    [],
  );
});

test("with --stop the volume's workloads are stopped and started again, whatever happens", async () => {
  device.show({ name: "web" });
  device.show({ name: "idle", desired: "stopped" });
  device.volumes.set("db", "bytes");
  device.volumeUsers = ["idle", "web"];
  const given = () => device.orders.map((action) => `${action.kind} ${"workload" in action ? action.workload : ""}`);
  assert.equal((await berth(["volume", "backup", "db", "--stop"])).out, "bytes");
  assert.deepEqual(given(), ["stop web", "start web"]);
  const failed = await berth(["volume", "restore", "db", join(directory, "none.tar"), "--stop"]);
  assert.equal(failed.code, 1);
  assert.deepEqual(given().slice(2), ["stop web", "start web"]);
});

test("remove says which volumes stay, and deletes them where it is told to", async () => {
  device.show({ name: "web" });
  device.volumes.set("db", "bytes");
  device.volumeUsers = ["web"];
  assert.match((await berth(["remove", "web"])).out, /its volumes stay: db/);
  assert.doesNotMatch((await berth(["remove", "--volumes", "web"])).out, /stay/);
  assert.deepEqual(device.orders, [
    { kind: "remove", workload: "web" },
    { kind: "remove", workload: "web", volumes: true },
  ]);
});

test("volumes are listed with their workloads, told of and removed", async () => {
  assert.equal((await berth(["volume", "ls"])).out, "No volumes.\n");
  device.volumes.set("db", "bytes");
  device.volumeUsers = ["web"];
  assert.match((await berth(["volume", "ls"])).out, /^NAME +SIZE +WORKLOADS +CREATED +USED *\ndb +5 B +web +\d+d +-/);
  assert.match((await berth(["volume", "inspect", "db"])).out, /^Workloads +web$/m);
  assert.equal((await berth(["volume", "remove", "db"])).code, 0);
  assert.equal(device.volumes.size, 0);
});

test("the device over HTTPS: its own certificate is pinned by fingerprint", async () => {
  const env = { BERTH_HOST: host, BERTH_TOKEN: TOKEN, BERTH_FINGERPRINT: print };
  assert.match((await berth(["device"], { env })).out, /^Name +demo$/m);
  assert.equal((await berth(["stop", "web"], { env })).code, 0);
  const archive = join(directory, "pinned.tar");
  writeFileSync(archive, new Uint8Array(3_000_000));
  assert.equal((await berth(["image", "import", archive], { env })).code, 0);
  assert.equal(device.imported[0]?.bytes, 3_000_000);
});

test("another certificate than the pinned one is refused before the token is sent", async () => {
  const other = "AB:".repeat(32).slice(0, -1);
  const { code, err } = await berth(["device", "--host", host, "--fingerprint", other], {
    env: { BERTH_TOKEN: TOKEN },
  });
  assert.equal(code, 1);
  assert.match(err, /presents another certificate than the pinned one/);
  assert.match(err, new RegExp(`value: {3}"${print}"\n {2}allowed: ${other}`));
});

test("an unknown certificate is refused with its fingerprint and how to trust it", async () => {
  const { code, err } = await berth(["device", "--host", host], { env: { BERTH_TOKEN: TOKEN } });
  assert.equal(code, 1);
  assert.match(err, /not trusted here/);
  assert(err.includes(print));
  assert.match(err, /--fingerprint with that value/);
});

test("--insecure takes any certificate; --ca checks the name too", async () => {
  const env = { BERTH_TOKEN: TOKEN };
  assert.equal((await berth(["device", "--host", host, "--insecure"], { env })).code, 0);
  const wrongName = await berth(["device", "--host", host, "--ca", join(directory, "ca.pem")], { env });
  assert.equal(wrongName.code, 1);
  assert.match(wrongName.err, /ALTNAME/);
});

test("a device of the fleet answers the same words", async () => {
  const env = { BERTH_FLEET: fleet, BERTH_FLEET_DIR: directory };
  device.show({ name: "web" });
  assert.match((await berth(["ps", "--device", "demo"], { env })).out, /^web/m);
  assert.equal((await berth(["start", "web", "--device=demo"], { env })).code, 0);
  assert.match((await berth(["devices"], { env })).out, /^demo {2}online +\d+s +0\.1\.0$/m);
});

test("nobody at the other end is one clear line", async () => {
  const { code, err } = await berth(["ps"], { env: { BERTH_SOCKET: join(directory, "nobody.sock") } });
  assert.equal(code, 1);
  assert.match(err, /^berth: no supervisor answers at \S+nobody\.sock; [^\n]*--host URL\n$/);
});

test("wrong use is told with the usage and gives 2", async () => {
  for (const [words, message] of [
    [["aply"], /no command aply; did you mean apply\?/],
    [["ps", "--jsn"], /no option --jsn; did you mean --json\?[\s\S]*Usage: berth ps \[--json\]/],
    [["logs"], /NAME is missing[\s\S]*Usage: berth logs/],
    [["exec", "web"], /COMMAND is missing/],
    [["apply"], /no manifest is named/],
    [["schema", "worklod"], /did you mean workload\?/],
    [["ps", "--host", "http://192.0.2.1"], /unencrypted/],
    [["image", "rm"], /no berth image rm/],
  ] as const) {
    const { code, err } = await berth([...words]);
    assert.equal(code, 2, words.join(" "));
    assert.match(err, message);
  }
});

test("help names every command and service, and each command's options", async () => {
  const { code, out } = await berth(["help"]);
  assert.equal(code, 0);
  for (const name of ["apply", "exec", "devices", "supervisor", "fleet", "--device"]) assert(out.includes(name), name);
  const apply = await berth(["apply", "--help"]);
  assert.equal(apply.code, 0);
  assert.match(apply.out, /^Usage: berth apply \[--detach\] FILE…[\s\S]*-d, --detach[\s\S]*--host URL/);
  assert.deepEqual(await berth(["help", "apply"]), apply);
});

test("schema prints JSON Schema in which defaults may be left out", async () => {
  const { $ref, $defs } = JSON.parse((await berth(["schema"])).out);
  const schema = $defs[$ref.split("/").at(-1)];
  assert.deepEqual(schema.required, ["name", "image"]);
  assert.equal(schema.additionalProperties, false);
  assert.match((await berth(["schema", "configuration"])).out, /"title": "Berth first-boot configuration"/);
});
