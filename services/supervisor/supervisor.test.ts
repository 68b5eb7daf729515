import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type Database, openDatabase } from "../host/database.ts";
import type { Action } from "../model/action.ts";
import type { Order } from "../model/order.ts";
import { DEFAULT_POLICY } from "../model/policy.ts";
import { ReasonError } from "../model/reason.ts";
import { isFinal, type Receipt } from "../model/receipt.ts";
import { generateSigningKey, importSigningKey, type SigningIdentity, signJws } from "../model/signature.ts";
import { Workload, type WorkloadInput } from "../model/workload.ts";
import { FakeImages, FakeVolumes, FakeWorkloads } from "./fixtures/fakes.ts";
import { withFullDisk } from "./fixtures/full-disk.ts";
import { Journal } from "./journal/journal.ts";
import { MIGRATIONS } from "./migrations.ts";
import { Supervisor } from "./supervisor.ts";

let ahead: number;
let synchronized: boolean;
const clock = { now: () => new Date(Date.now() + ahead) };

let directory: string;
let database: Database;
let images: FakeImages;
let volumes: FakeVolumes;
let workloads: FakeWorkloads;
let supervisor: Supervisor;
let diskFull: boolean;
let errors: unknown[];
let fleet: SigningIdentity;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-supervisor-"));
  ahead = 0;
  synchronized = false;
  diskFull = false;
  errors = [];
  images = new FakeImages();
  volumes = new FakeVolumes();
  workloads = new FakeWorkloads();
  images.remote.set("docker.io/library/nginx:1", "sha256:one");
  images.remote.set("docker.io/library/nginx:2", "sha256:two");
  fleet = await importSigningKey((await generateSigningKey()).privateKey);
  await begin();
});

afterEach(() => {
  supervisor.stop();
  database.close();
  rmSync(directory, { recursive: true });
});

async function begin(more: { dependencyPatience?: number } = {}): Promise<void> {
  database = openDatabase(join(directory, "state.db"), MIGRATIONS);
  const journal = new Journal(
    withFullDisk(database, () => diskFull),
    { device: "demo", clock },
  );
  const signingKeys = new Map([["fleet", fleet.publicKey]]);
  supervisor = new Supervisor({
    device: "demo",
    journal,
    images,
    workloads,
    volumes,
    clock,
    signingKeys,
    policy: DEFAULT_POLICY,
    capacity: { cpus: 2, memory: 2 ** 30 },
    clockSynchronized: async () => synchronized,
    settle: 20,
    ...more,
    onError,
  });
  await supervisor.start([]);
}

function onError(error: unknown): void {
  errors.push(error);
}

function give(action: Action, id?: string): Receipt {
  return supervisor.inbox.give({ action, ...(id === undefined ? {} : { id }) }, "local", "root");
}

function apply(image: string, more: Partial<WorkloadInput> = {}): Action {
  return { kind: "apply", manifest: Workload.parse({ name: "web", image, ...more }) };
}

async function ended(receipt: Receipt): Promise<Receipt> {
  const { signal } = new AbortController();
  for (;;) {
    const next = supervisor.recorder.receipts.next(signal);
    const newest = supervisor.journal.newestReceipt(receipt.order);
    if (newest !== undefined && isFinal(newest.status)) return newest;
    await next;
  }
}

async function statusIs(name: string, phase: string, why: RegExp): Promise<void> {
  for (;;) {
    await supervisor.reporter.update();
    const status = supervisor.reporter.workload(name);
    if (status?.phase === phase && why.test(status.reason?.message ?? "")) return;
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

function order(action: Action, more: Partial<Order> = {}): Order {
  return {
    id: "signed-order-1",
    device: "demo",
    sequence: 1,
    issuer: "alice",
    issuedAt: new Date().toISOString(),
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    action,
    ...more,
  };
}

async function giveSigned(payload: unknown, identity = fleet): Promise<Receipt> {
  return supervisor.inbox.giveSigned(
    await signJws(payload, { identity, keyId: "fleet", type: "berth-order" }),
    "fleet",
  );
}

function statusesOf(id: string): string[] {
  return supervisor.journal
    .receiptsAfter(0, 100)
    .filter((receipt) => receipt.order === id)
    .map(({ status }) => status);
}

test("an order runs to its end, and the workload runs", async () => {
  const receipt = await ended(give(apply("nginx:1"), "order-one"));
  assert.equal(receipt.status, "succeeded");
  assert.deepEqual(statusesOf("order-one"), ["accepted", "running", "succeeded"]);
  assert.deepEqual(workloads.log, ["start web nginx:1"]);
  await supervisor.reporter.update();
  const [web] = supervisor.reporter.state().workloads;
  assert.equal(web?.phase, "running");
  assert.equal(web?.order, "order-one");
  assert.equal(web?.issuer, "root");
});

test("an unknown image fails the order, and what ran before runs on", async () => {
  await ended(give(apply("nginx:1")));
  const receipt = await ended(give(apply("nginx:99")));
  assert.equal(receipt.status, "failed");
  assert.equal(receipt.reason?.code, "image-not-found");
  assert.deepEqual(workloads.log, ["start web nginx:1"]);
  assert.equal(supervisor.journal.desired().get("web")?.target.manifest.image, "nginx:1");
});

test("a new version that does not start is replaced by the one before", async () => {
  await ended(give(apply("nginx:1")));
  workloads.broken.add("nginx:2");
  const receipt = await ended(give(apply("nginx:2", { restart: { policy: "never" } })));
  assert.equal(receipt.status, "failed");
  assert.equal(receipt.reason?.code, "exited");
  assert.match(receipt.reason?.message ?? "", /exited with 1; what ran before runs again$/);
  assert.deepEqual(workloads.log, [
    "start web nginx:1",
    "stop web",
    "start web nginx:2",
    "stop web",
    "start web nginx:1",
  ]);
});

test("killed after a new version failed, the supervisor goes on to bring the one before back, and says so", async () => {
  await ended(give(apply("nginx:1")));
  workloads.broken.add("nginx:2");
  // It dies while it stops the one that failed.
  workloads.onStop = () => {
    if (workloads.log.at(-1) === "start web nginx:2") supervisor.stop();
  };
  const receipt = give(apply("nginx:2", { restart: { policy: "never" } }));
  while (!workloads.log.includes("start web nginx:2") || workloads.units.size > 0) await pause();
  database.close();
  workloads.onStop = () => {};
  await begin();
  const { status, reason } = await ended(receipt);
  assert.deepEqual([status, reason?.code], ["failed", "exited"]);
  assert.match(reason?.message ?? "", /what ran before runs again$/);
  assert.deepEqual(workloads.log.slice(-3), ["start web nginx:2", "stop web", "start web nginx:1"]);
});

test("killed before a new version was judged, the supervisor tries it anew, and leads back all the same", async () => {
  await ended(give(apply("nginx:1")));
  workloads.broken.add("nginx:2");
  workloads.onStart = (image) => {
    if (image === "nginx:2") supervisor.stop();
  };
  const receipt = give(apply("nginx:2", { restart: { policy: "never" } }));
  while (!workloads.log.includes("start web nginx:2")) await pause();
  database.close();
  workloads.onStart = () => {};
  // The device lost its power.
  workloads.units.clear();
  await begin();
  assert.equal((await ended(receipt)).status, "failed");
  assert.equal(workloads.log.at(-1), "start web nginx:1");
  assert.equal(workloads.units.get("web")?.unit, "active");
});

test("what ran before that does not start any more either is told of, and tried again", async () => {
  await ended(give(apply("nginx:1", { restart: { policy: "never" } })));
  for (const image of ["nginx:1", "nginx:2"]) workloads.broken.add(image);
  const { status, reason } = await ended(give(apply("nginx:2", { restart: { policy: "never" } })));
  assert.equal(status, "failed");
  assert.match(reason?.message ?? "", /exited with 1; what ran before does not run again: .*exited with 1$/);
  assert.equal(supervisor.journal.desired().get("web")?.target.manifest.image, "nginx:1");
});

test("a tag that moved to an image that fails leads back to the image it meant, also after the next boot", async () => {
  await ended(give(apply("nginx:1", { restart: { policy: "never" } })));
  images.remote.set("docker.io/library/nginx:1", "sha256:moved");
  workloads.brokenDigests.add("sha256:moved");
  assert.equal((await ended(give(apply("nginx:1", { restart: { policy: "never" } })))).status, "failed");
  assert.equal(workloads.digests.get("web"), "sha256:one");
  supervisor.stop();
  database.close();
  workloads.units.clear();
  images.reachable = false;
  await begin();
  while (workloads.units.size === 0) await pause();
  assert.equal(workloads.digests.get("web"), "sha256:one");
});

test("what a tag meant goes once something newer was reached", async () => {
  const [one, two] = ["1", "2"].map((digit) => `sha256:${digit.repeat(64)}`);
  for (const digest of [one, two]) {
    assert(digest !== undefined);
    images.remote.set("docker.io/library/nginx:1", digest);
    await ended(give(apply("nginx:1")));
  }
  assert.equal(supervisor.journal.desired().get("web")?.target.digest, two);
  while (images.here.size > 1) await pause();
  assert.equal(images.here.get("docker.io/library/nginx:1")?.digest, two);
});

test("a workload starts once those it comes after are as far as they must be, whichever was ordered first", async () => {
  const health = { exec: ["check"], interval: "5ms", startPeriod: "1m" };
  const receipt = give(apply("nginx:1", { name: "app", after: [{ workload: "db", requires: "healthy" }] }));
  await statusIs("app", "pending", /waits for db to be healthy: there is no such workload/);
  workloads.exitCode = 1;
  const db = give(apply("nginx:2", { name: "db", health }));
  await statusIs("app", "pending", /waits for db to be healthy: it is starting, the command exited with 1/);
  workloads.exitCode = 0;
  for (const one of [db, receipt]) assert.equal((await ended(one)).status, "succeeded");
  assert.deepEqual(
    workloads.log.filter((line) => line.startsWith("start")),
    ["start db nginx:2", "start app nginx:1"],
  );
});

test("at the next boot it waits again", async () => {
  await ended(give(apply("nginx:2", { name: "db" })));
  await ended(give(apply("nginx:1", { name: "app", after: ["db"] })));
  supervisor.stop();
  database.close();
  workloads.units.clear();
  workloads.broken.add("nginx:2");
  await begin();
  await statusIs("app", "pending", /waits for db to run: its process exited with 1/);
  workloads.broken.clear();
  await ended(give({ kind: "start", workload: "db" }));
  while (!workloads.units.has("app")) await pause();
});

test("an order does not wait for ever, and leaves what ran", async () => {
  await ended(give(apply("nginx:1")));
  supervisor.stop();
  database.close();
  await begin({ dependencyPatience: 20 });
  const { status, reason } = await ended(give(apply("nginx:2", { after: ["db"] })));
  assert.deepEqual([status, reason?.code, reason?.value], ["failed", "dependency-not-ready", "db"]);
  assert.match(reason?.message ?? "", /waits for db to run: there is no such workload/);
  assert.deepEqual(workloads.log, ["start web nginx:1"]);
});

test("a clock that is set while an order waits ends no wait", async () => {
  const receipt = give(apply("nginx:1", { after: [{ workload: "db", requires: "healthy" }] }));
  const health = { exec: ["check"], interval: "5ms", startInterval: "5ms", startPeriod: "1m", retries: 1 };
  workloads.exitCode = 1;
  const db = give(apply("nginx:2", { name: "db", health }));
  await statusIs("web", "pending", /it is starting, the command exited with 1/);
  const probes = () => workloads.log.filter((line) => line.startsWith("exec db")).length;
  const real = Date.now;
  Date.now = () => real() + 10 * 365 * 86_400_000;
  try {
    const before = probes();
    // Those that fail now are within the start period still.
    while (probes() < before + 3) await pause();
    workloads.exitCode = 0;
    for (const one of [db, receipt]) assert.equal((await ended(one)).status, "succeeded");
  } finally {
    Date.now = real;
  }
});

const START_FIRST = { update: { strategy: "start-first" } } as const;

test("start-first: the new one takes over once it is ready, and only then the old one goes", async () => {
  await ended(give(apply("nginx:1", START_FIRST)));
  assert.equal((await ended(give(apply("nginx:2", START_FIRST)))).status, "succeeded");
  assert.deepEqual(workloads.log, [
    "start web nginx:1",
    "start web nginx:2 beside",
    "switch web",
    "dismiss retired web",
  ]);
  assert.deepEqual([...workloads.units.keys()], ["web.2"]);
  await supervisor.reporter.update();
  assert.equal(supervisor.reporter.workload("web")?.phase, "running");
  await ended(give(apply("nginx:1", START_FIRST)));
  assert.deepEqual([...workloads.units.keys()], ["web"]);
});

test("start-first: a new one that is not ready goes, and the old one serves on all the while", async () => {
  await ended(give(apply("nginx:1", START_FIRST)));
  workloads.broken.add("nginx:2");
  const bad = apply("nginx:2", { ...START_FIRST, restart: { policy: "never" } });
  const { status, reason } = await ended(give(bad));
  assert.equal(status, "failed");
  assert.match(reason?.message ?? "", /exited with 1; what ran before runs on$/);
  assert.deepEqual(workloads.log, ["start web nginx:1", "start web nginx:2 beside", "dismiss successor web"]);
  assert.deepEqual([...workloads.units.keys()], ["web"]);
});

test("start-first: whenever the supervisor is killed, one instance is left in the end", async () => {
  const moments = {
    started: () => {
      workloads.onStart = (image) => {
        if (image === "nginx:2") supervisor.stop();
      };
    },
    switching: () => {
      workloads.onSwitch = () => supervisor.stop();
    },
  };
  for (const kill of Object.values(moments)) {
    await ended(give(apply("nginx:1", START_FIRST)));
    kill();
    const receipt = give(apply("nginx:2", START_FIRST));
    while (![...workloads.units.keys()].includes("web.2")) await pause();
    // What was in hand comes to its end without being written down.
    await new Promise((resolve) => setTimeout(resolve, 50));
    database.close();
    workloads.onStart = () => {};
    workloads.onSwitch = () => {};
    await begin();
    assert.equal((await ended(receipt)).status, "succeeded");
    assert.deepEqual(
      [...workloads.units.values()].map(({ role }) => role),
      ["serving"],
    );
    assert.equal(workloads.digests.get("web"), "sha256:two");
    await ended(give({ kind: "remove", workload: "web" }));
    assert.equal(workloads.units.size, 0);
  }
});

test("the same manifest again changes nothing that runs", async () => {
  await ended(give(apply("nginx:1")));
  assert.equal((await ended(give(apply("nginx:1")))).status, "succeeded");
  assert.deepEqual(workloads.log, ["start web nginx:1"]);
});

test("a registry out of reach does not matter when the image is here", async () => {
  await ended(give(apply("nginx:1")));
  await ended(give({ kind: "remove", workload: "web" }));
  await images.pull("nginx:1", { signal: new AbortController().signal });
  images.reachable = false;
  assert.equal((await ended(give(apply("nginx:1")))).status, "succeeded");
});

test("stop, start and remove do what they say; the unused image goes with the workload", async () => {
  await ended(give(apply("nginx:1")));
  await ended(give({ kind: "stop", workload: "web" }));
  assert.equal(workloads.units.size, 0);
  await ended(give({ kind: "start", workload: "web" }));
  assert.equal(workloads.units.size, 1);
  await ended(give({ kind: "remove", workload: "web" }));
  assert.equal(workloads.units.size, 0);
  assert.equal(supervisor.journal.desired().size, 0);
  while (images.here.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test("pull: missing asks no registry for what is here, never asks for nothing", async () => {
  await images.pull("nginx:1", { signal: new AbortController().signal });
  images.remote.set("docker.io/library/nginx:1", "sha256:newer");
  assert.equal((await ended(give(apply("nginx:1", { pull: "missing" })))).status, "succeeded");
  assert.equal((await ended(give(apply("nginx:1", { pull: "never" })))).status, "succeeded");
  assert.equal(images.pulls, 1);
  const refused = await ended(give(apply("nginx:2", { name: "other", pull: "never" })));
  assert.equal(refused.status, "failed");
  assert.equal(refused.reason?.code, "image-not-present");
  assert.equal(refused.reason.value, "nginx:2");
  assert.equal(images.pulls, 1);
  assert.equal((await ended(give(apply("nginx:2", { name: "other", pull: "missing" })))).status, "succeeded");
  assert.equal(images.pulls, 2);
  await ended(give(apply("nginx:1")));
  assert.equal(images.here.get("docker.io/library/nginx:1")?.digest, "sha256:newer");
});

test("one that did not end when it was asked to is told of as killed", async () => {
  await ended(give(apply("nginx:1")));
  workloads.stubborn.add("web");
  await ended(give({ kind: "stop", workload: "web" }));
  const event = supervisor.journal.newestEvents(0, 100).find(({ kind }) => kind === "workload-stopped");
  assert.equal(event?.reason?.code, "killed-after-grace");
  assert.match(event.message, /within its grace of 10 s/);
});

test("a workload's volumes stay when it is removed, unless the order says otherwise and nobody else names them", async () => {
  const mounting = (name: string, ...names: string[]): Action => ({
    kind: "apply",
    manifest: Workload.parse({ name, image: "nginx:1", volumes: names.map((one) => ({ name: one, path: `/${one}` })) }),
  });
  for (const name of ["own", "common", "web.cache", "other"]) volumes.contents.set(name, "data");
  await ended(give(mounting("web", "own", "common")));
  await ended(give({ kind: "remove", workload: "web" }));
  assert.equal(volumes.contents.size, 4);
  await ended(give(mounting("web", "own", "common")));
  await ended(give(mounting("second", "common")));
  await ended(give({ kind: "remove", workload: "web", volumes: true }));
  assert.deepEqual([...volumes.contents.keys()], ["common", "other"]);
});

test("a volume is removed when no workload names it, and restored when none has it mounted", async () => {
  const manifest = Workload.parse({ name: "web", image: "nginx:1", volumes: [{ name: "db", path: "/db" }] });
  volumes.contents.set("db", "old");
  const refused = (message: RegExp) => (error: unknown) =>
    error instanceof ReasonError && error.reason.code === "volume-in-use" && message.test(error.message);
  const restore = (name: string) => {
    const signal = new AbortController().signal;
    return supervisor.volumes.restore(name, new Blob(["new"]).stream(), { signal, issuer: "test" });
  };
  await ended(give({ kind: "apply", manifest }));
  workloads.volumes.set("db", ["web"]);
  assert.deepEqual((await supervisor.volumes.get("db")).workloads, ["web"]);
  await assert.rejects(supervisor.volumes.remove("db", { issuer: "test" }), refused(/belongs to workload web/));
  await assert.rejects(restore("db"), refused(/while workload web has it mounted/));
  workloads.volumes.clear();
  await restore("db");
  assert.equal(volumes.contents.get("db"), "new");
  await assert.rejects(restore("gone.cache"), /workload gone, which is not on this device/);
  await assert.rejects(supervisor.volumes.remove("db", { issuer: "test" }), refused(/belongs to workload web/));
  await ended(give({ kind: "remove", workload: "web" }));
  await supervisor.volumes.remove("db", { issuer: "test" });
  assert.equal(volumes.contents.size, 0);
  await assert.rejects(supervisor.volumes.get("db"), /there is no volume db/);
});

/** Waits until a process runs that was started `starts` times in all. */
async function started(starts: number): Promise<void> {
  while (workloads.log.filter((line) => line.startsWith("start")).length < starts) await pause();
}

test("a job's order ends with its process, and nothing starts it again, also no boot", async () => {
  const receipt = give(apply("nginx:1", { job: {} }));
  await started(1);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(supervisor.journal.newestReceipt(receipt.order)?.status, "running");
  workloads.end("web", 0);
  const end = await ended(receipt);
  assert.equal(end.status, "succeeded");
  assert.equal(end.exitCode, 0);
  assert.ok(supervisor.journal.newestEvents(0, 100).some(({ kind }) => kind === "workload-completed"));
  supervisor.stop();
  database.close();
  workloads.units.clear();
  await begin();
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual(workloads.log, ["start web nginx:1"]);
  await supervisor.reporter.update();
  assert.equal(supervisor.reporter.workload("web")?.phase, "completed");
  const again = give({ kind: "start", workload: "web" });
  await started(2);
  workloads.end("web", 0);
  assert.equal((await ended(again)).status, "succeeded");
});

test("a job that ends with another code fails its order and leaves nothing", async () => {
  const receipt = give(apply("nginx:1", { job: {} }));
  await started(1);
  workloads.end("web", 3);
  const end = await ended(receipt);
  assert.equal(end.status, "failed");
  assert.equal(end.exitCode, 3);
  assert.equal(end.reason?.code, "exited");
  while (workloads.units.size > 0) await pause();
  assert.equal(supervisor.journal.desired().size, 0);
});

test("a job to be removed is forgotten when it is done", async () => {
  const receipt = give(apply("nginx:1", { job: { remove: true } }));
  await started(1);
  workloads.end("web", 0);
  assert.equal((await ended(receipt)).status, "succeeded");
  assert.equal(supervisor.journal.desired().size, 0);
  while (workloads.units.size > 0) await pause();
});

test("a job that ended while there was no supervisor is not run twice, one that a boot ended is run anew", async () => {
  const receipt = give(apply("nginx:1", { job: {} }));
  await started(1);
  supervisor.stop();
  database.close();
  workloads.end("web", 0);
  await begin();
  assert.equal((await ended(receipt)).status, "succeeded");
  assert.deepEqual(workloads.log, ["start web nginx:1"]);
  const second = give(apply("nginx:1", { job: {} }));
  await started(2);
  supervisor.stop();
  database.close();
  workloads.units.clear();
  await begin();
  await started(3);
  workloads.end("web", 0);
  assert.equal((await ended(second)).status, "succeeded");
});

test("what has a schedule is applied at once, runs when it is due, and at once when it is started", async () => {
  const schedule = { cron: "0 0 1 1 *", missed: "run" } as const;
  const receipt = await ended(give(apply("nginx:1", { schedule })));
  assert.equal(receipt.status, "succeeded");
  assert.equal(receipt.exitCode, undefined);
  assert.equal(images.pulls, 1);
  assert.deepEqual(workloads.log, []);
  await supervisor.reporter.update();
  assert.equal(supervisor.reporter.workload("web")?.phase, "scheduled");
  const year = new Date().getUTCFullYear() + 1;
  assert.equal(supervisor.reporter.workload("web")?.schedule?.next, `${year}-01-01T00:00:00.000Z`);

  const order = give({ kind: "start", workload: "web" });
  await started(1);
  workloads.end("web", 0);
  assert.equal((await ended(order)).exitCode, 0);

  // The device is off over the turn of the year.
  supervisor.stop();
  database.close();
  workloads.units.clear();
  ahead = Date.UTC(year, 0, 2) - Date.now();
  await begin();
  await started(2);
  assert.equal(workloads.units.get("web")?.run, `${year}-01-01T00:00:00.000Z`);
  workloads.end("web", 3);
  while (supervisor.reporter.workload("web")?.schedule?.last === undefined) await pause();
  const web = supervisor.reporter.workload("web");
  assert.deepEqual(web?.schedule?.last, { due: `${year}-01-01T00:00:00.000Z`, outcome: "failed", exitCode: 3 });
  assert.equal(web.phase, "failed");
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(workloads.log.length, 2);
});

test("to start a scheduled run that is under way is to wait for its end", async () => {
  await ended(give(apply("nginx:1", { schedule: { cron: "0 0 1 1 *" } })));
  const first = give({ kind: "start", workload: "web" });
  await started(1);
  const second = give({ kind: "start", workload: "web" });
  await new Promise((resolve) => setTimeout(resolve, 60));
  workloads.end("web", 0);
  assert.equal((await ended(second)).status, "succeeded");
  assert.equal(supervisor.journal.newestReceipt(first.order)?.status, "superseded");
  assert.deepEqual(workloads.log, ["start web nginx:1"]);
});

test("a newer order interrupts the pull of an older one", async () => {
  images.gate = new Promise(() => undefined);
  const first = give(apply("nginx:1"));
  while (images.pulls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  images.gate = undefined;
  const second = await ended(give(apply("nginx:2")));
  assert.equal(second.status, "succeeded");
  assert.equal(supervisor.journal.newestReceipt(first.order)?.status, "superseded");
  assert.deepEqual(workloads.log, ["start web nginx:2"]);
});

test("a cancelled order ends as cancelled, and the workload stays as it was", async () => {
  await ended(give(apply("nginx:1")));
  images.gate = new Promise(() => undefined);
  const pulls = images.pulls;
  const receipt = give(apply("nginx:2"));
  while (images.pulls === pulls) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(supervisor.cancel(receipt.order).status, "cancelled");
  assert.throws(() => supervisor.cancel(receipt.order), /has ended: cancelled/);
  assert.deepEqual(workloads.log, ["start web nginx:1"]);
});

test("a supervisor that comes back adopts what runs and takes up the unfinished order", async () => {
  await ended(give(apply("nginx:1")));
  images.gate = new Promise(() => undefined);
  const receipt = give(apply("api", { name: "api" }));
  supervisor.stop();
  database.close();
  images.gate = undefined;
  images.remote.set("docker.io/library/api:latest", "sha256:api");
  await begin();
  assert.equal((await ended(receipt)).status, "succeeded");
  assert.deepEqual(workloads.log, ["start web nginx:1", "start api api"]);
  assert(
    supervisor.journal
      .newestEvents(0, 100)
      .some(({ kind, workload }) => kind === "workload-adopted" && workload === "web"),
  );
});

test("a command that was running when the supervisor was killed is not run again", async () => {
  await ended(give(apply("nginx:1")));
  supervisor.stop();
  const journal = supervisor.journal;
  const action: Action = { kind: "exec", workload: "web", command: ["pay"], timeoutSeconds: 5 };
  journal.accept({
    id: "exec-order",
    origin: "local",
    issuer: "root",
    action,
    outcome: undefined,
    signature: undefined,
  });
  journal.advance("exec-order", { status: "running" });
  database.close();
  await begin();
  const receipt = supervisor.journal.newestReceipt("exec-order");
  assert.equal(receipt?.status, "failed");
  assert.equal(receipt?.reason?.code, "interrupted");
  assert(!workloads.log.includes("exec web pay"));
});

test("exec gives its output in the receipt", async () => {
  await ended(give(apply("nginx:1")));
  const receipt = await ended(give({ kind: "exec", workload: "web", command: ["id"], timeoutSeconds: 5 }));
  assert.deepEqual(receipt.exec, { exitCode: 0, stdout: "out", stderr: "", truncated: false });
});

test("volumes and images that a workload names are kept, others are removed by order, and the receipt says what", async () => {
  images.remote.set("docker.io/library/nginx:2", "sha256:2");
  await ended(give(apply("nginx:2")));
  await ended(give(apply("nginx:1", { volumes: [{ name: "db", path: "/data" }] })));
  volumes.contents.set("db", "kept").set("old", "gone");
  const refused = await ended(give({ kind: "remove-volume", volume: "db" }));
  assert.deepEqual([refused.status, refused.reason?.code], ["failed", "volume-in-use"]);
  assert.equal((await ended(give({ kind: "remove-volume", volume: "old" }))).volume?.name, "old");
  assert.deepEqual([...volumes.contents.keys()], ["db"]);
  const inUse = await ended(give({ kind: "remove-image", reference: "nginx:1" }));
  assert.equal(inUse.reason?.code, "image-in-use");
  const dry = await ended(give({ kind: "prune-images", dryRun: true }));
  const pruned = await ended(give({ kind: "prune-images", dryRun: false }));
  assert.deepEqual(pruned.images, { ...dry.images, dryRun: false });
  assert.deepEqual(pruned.action, { kind: "prune-images" });
  const events = supervisor.journal.newestEvents(0, 100);
  const removed = events.find(({ kind }) => kind === "volume-removed");
  assert.equal(removed?.issuer, "root");
  assert.notEqual(removed?.order, undefined);
});

test("a removal that was under way when the supervisor was killed is not begun again", async () => {
  volumes.contents.set("old", "there");
  supervisor.stop();
  const { journal } = supervisor;
  const action: Action = { kind: "remove-volume", volume: "old" };
  const given = { id: "removal-order", origin: "local", issuer: "root", action } as const;
  journal.accept({ ...given, outcome: undefined, signature: undefined });
  journal.advance(given.id, { status: "running" });
  database.close();
  await begin();
  assert.equal(supervisor.journal.newestReceipt(given.id)?.reason?.code, "interrupted");
  assert.equal(volumes.contents.has("old"), true);
});

test("what an order asks to be told is in its receipt, for whoever carries the answer", async () => {
  const question = { of: "volumes", sizes: false } as const;
  assert.deepEqual((await ended(give({ kind: "query", question }))).query, question);
  const { stats } = await ended(give({ kind: "stats", interval: 5, seconds: 60 }));
  assert.equal(stats?.interval, 5);
  assert.ok(Date.parse(stats.until) > clock.now().getTime());
});

test("after a boot, desired workloads start without any registry", async () => {
  await ended(give(apply("nginx:1")));
  supervisor.stop();
  database.close();
  workloads.units.clear();
  images.reachable = false;
  await begin();
  while (workloads.units.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(workloads.log, ["start web nginx:1", "start web nginx:1"]);
});

test("an unhealthy workload is stopped where its check says so, and stays so until it is ordered to start", async () => {
  const health = { exec: ["check"], interval: "5ms", startPeriod: "0s", retries: 2, onFailure: "stop" as const };
  await ended(give(apply("nginx:1", { health })));
  workloads.exitCode = 3;
  while (!workloads.log.includes("halt web")) await new Promise((resolve) => setTimeout(resolve, 5));
  await supervisor.reporter.update();
  const [web] = supervisor.reporter.state().workloads;
  assert.deepEqual([web?.phase, web?.reason?.code], ["failed", "unhealthy"]);
  assert.match(web?.reason?.message ?? "", /exited with 3: out/);
  workloads.exitCode = 0;
  await ended(give({ kind: "start", workload: "web" }));
  assert.equal(workloads.units.get("web")?.unit, "active");
});

test("a signed order is obeyed once, however often it comes", async () => {
  const payload = order(apply("nginx:1"));
  const first = await giveSigned(payload);
  assert.equal(first.status, "accepted");
  assert.equal(first.issuer, "alice");
  await ended(first);
  assert.equal((await giveSigned(payload)).status, "succeeded");
  assert.deepEqual(workloads.log, ["start web nginx:1"]);
});

test("what is wrong with a signed order is named by field, value and what is allowed", async () => {
  await ended(await giveSigned(order(apply("nginx:1"), { sequence: 7 })));
  const cases: [Partial<Order>, string, string, string, unknown][] = [
    [{ id: "other-order", device: "other", sequence: 8 }, "rejected", "wrong-audience", "device", "other"],
    [{ id: "replay-order", sequence: 7 }, "rejected", "order-replayed", "sequence", 7],
    [
      { id: "late-order1", sequence: 8, expiresAt: "2020-01-01T00:00:00Z" },
      "expired",
      "order-expired",
      "expiresAt",
      "2020-01-01T00:00:00Z",
    ],
  ];
  for (const [more, status, code, field, value] of cases) {
    const receipt = await giveSigned(order(apply("nginx:2"), more));
    assert.equal(receipt.status, status);
    assert.equal(receipt.reason?.code, code);
    assert.equal(receipt.reason?.field, field);
    assert.equal(receipt.reason?.value, value);
    assert.notEqual(receipt.reason?.allowed, undefined);
  }
  assert.deepEqual(workloads.log, ["start web nginx:1"]);
});

test("an order signed with another key, or whose action is not known, is refused", async () => {
  const stranger = await importSigningKey((await generateSigningKey()).privateKey);
  const forged = await giveSigned(order(apply("nginx:1")), stranger);
  assert.equal(forged.status, "rejected");
  assert.equal(forged.verified, false);
  assert.equal(forged.order, "signed-order-1");
  const unknown = await giveSigned({ ...order(apply("nginx:1")), action: { kind: "explode", workload: "web" } });
  assert.equal(unknown.status, "rejected");
  assert.equal(unknown.reason?.field, "action.kind");
  assert.deepEqual(workloads.log, []);
});

test("a port held by another workload, or by the device, is refused with its holder", async () => {
  await ended(give(apply("nginx:1", { ports: [{ host: 8080, container: 80 }] })));
  const taken = give(apply("nginx:1", { name: "other", ports: [{ host: 8080, container: 80 }] }));
  assert.equal(taken.status, "rejected");
  assert.equal(taken.reason?.code, "port-conflict");
  assert.match(taken.reason?.message ?? "", /workload web/);
  assert.equal(taken.reason?.field, "manifest.ports[0].host");
  const own = give(apply("nginx:1", { name: "other", ports: [{ host: 443, container: 80 }] }));
  assert.match(own.reason?.message ?? "", /LAN API/);
});

test("an action on a workload that is not there names those that are", async () => {
  await ended(give(apply("nginx:1")));
  const receipt = give({ kind: "stop", workload: "wbe" });
  assert.equal(receipt.status, "rejected");
  assert.equal(receipt.reason?.code, "workload-not-found");
  assert.equal(receipt.reason?.allowed, "web");
});

test("a full disk refuses orders, ends nothing, and once there is room the order in hand goes on", async () => {
  let open = () => {};
  images.gate = new Promise((resolve) => {
    open = resolve;
  });
  const receipt = give(apply("nginx:1"));
  while (images.pulls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  diskFull = true;
  open();
  assert.throws(() => give(apply("nginx:2")), /no space/);
  while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  diskFull = false;
  assert.equal((await ended(receipt)).status, "succeeded");
  assert.deepEqual(workloads.log, ["start web nginx:1"]);
});

test("a command whose end cannot be written down yet is written down once it can, and not run again", async () => {
  await ended(give(apply("nginx:1")));
  workloads.onExec = () => {
    diskFull = true;
  };
  const receipt = give({ kind: "exec", workload: "web", command: ["id"], timeoutSeconds: 5 });
  while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  diskFull = false;
  assert.equal((await ended(receipt)).exec?.stdout, "out");
  assert.equal(workloads.log.filter((line) => line === "exec web id").length, 1);
});
