import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { type Database, openDatabase } from "../../host/database.ts";
import { Workload, type WorkloadInput } from "../../model/workload.ts";
import { FakeWorkloads } from "../fixtures/fakes.ts";
import { Journal } from "../journal/journal.ts";
import { MIGRATIONS } from "../migrations.ts";
import { Observer } from "../observer.ts";
import { Recorder } from "../recorder.ts";
import type { Target } from "../target.ts";
import { Scheduler } from "./scheduler.ts";

const NIGHTLY = "0 3 * * *";

let directory: string;
let database: Database;
let now: number;
let synchronized: boolean;
let workloads: FakeWorkloads;
let journal: Journal;
let observer: Observer;
let scheduler: Scheduler;
/** Every run that was called for. */
let due: string[];
let orders = 0;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-schedule-"));
  synchronized = false;
  workloads = new FakeWorkloads();
  due = [];
  now = Date.parse("2026-05-10T12:00:00Z");
  await boot();
});

afterEach(() => {
  database.close();
  rmSync(directory, { recursive: true });
});

/** As after a boot or a restart of the supervisor: what is on the disk is all it knows. */
async function boot(): Promise<void> {
  database = openDatabase(join(directory, "state.db"), MIGRATIONS);
  const clock = { now: () => new Date(now) };
  journal = new Journal(database, { device: "demo", clock });
  const recorder = new Recorder(journal, (error) => assert.ifError(error));
  observer = new Observer({ workloads, recorder });
  scheduler = new Scheduler({
    journal,
    observer,
    recorder,
    clock,
    synchronized: async () => synchronized,
    busy: () => false,
    onDue: (workload) => due.push(scheduler.runDue(workload) ?? "nothing"),
  });
  await observer.refresh();
  await scheduler.look();
}

function powerCut(): Promise<void> {
  database.close();
  workloads.units.clear();
  return boot();
}

/** Makes a schedule what the device shall keep. */
async function desire(schedule: WorkloadInput["schedule"], run: Target["run"] = "running"): Promise<void> {
  const manifest = Workload.parse({ name: "backup", image: "backup:1", schedule });
  const id = `order-${++orders}`;
  const action = { kind: "apply", manifest } as const;
  const outcome = { manifest, run };
  journal.accept({ id, origin: "local", issuer: "root", action, outcome, signature: undefined });
  journal.advance(id, { status: "succeeded" }, outcome);
  await scheduler.look();
}

/** Looks at the schedules at a time, as the scheduler does every minute and when something is due. */
async function at(time: string): Promise<void> {
  now = Date.parse(time);
  await observer.refresh();
  await scheduler.look();
}

/** Starts the run that is due, as the convergence does. */
async function start(): Promise<void> {
  const manifest = journal.desired().get("backup")?.target.manifest;
  assert(manifest !== undefined);
  const image = { reference: "backup:1", digest: "sha256:one", architecture: "amd64", layers: [], config: {} };
  const run = scheduler.runDue("backup") ?? "nothing";
  await workloads.start({ manifest, image, layers: [], fingerprint: "f", check: undefined, run, beside: false });
  await observer.refresh();
  await scheduler.look();
}

async function finish(code = 0): Promise<void> {
  workloads.end("backup", code);
  await observer.refresh();
  await scheduler.look();
}

function skipped(): string[] {
  return journal
    .newestEvents(0, 100)
    .filter(({ kind }) => kind === "schedule-skipped")
    .map(({ reason }) => reason?.code ?? "");
}

function standing() {
  const target = journal.desired().get("backup")?.target;
  assert(target !== undefined);
  return scheduler.standingOf("backup", target);
}

test("it runs at its times, each once, and says when it runs next and how it last did", async () => {
  await desire({ cron: NIGHTLY });
  assert.deepEqual(standing(), { next: "2026-05-11T03:00:00.000Z" });
  await at("2026-05-11T02:59:59.900Z");
  assert.deepEqual(due, []);
  await at("2026-05-11T03:00:00.010Z");
  await start();
  await at("2026-05-11T03:00:30Z");
  await finish(3);
  await at("2026-05-11T03:00:59Z");
  assert.deepEqual(due, ["2026-05-11T03:00:00.000Z"]);
  const last = { due: "2026-05-11T03:00:00.000Z", outcome: "failed", exitCode: 3 };
  assert.deepEqual(standing(), { next: "2026-05-12T03:00:00.000Z", last });
  await powerCut();
  assert.deepEqual(standing(), { next: "2026-05-12T03:00:00.000Z", last });
});

test("times are those of its time zone", async () => {
  await desire({ cron: NIGHTLY, timeZone: "Europe/Berlin" });
  assert.equal(standing()?.next, "2026-05-11T01:00:00.000Z");
});

test("while a run has not ended the next one is left out, and that is told", async () => {
  await desire({ cron: "*/10 * * * *" });
  await at("2026-05-10T12:10:00Z");
  await start();
  await at("2026-05-10T12:20:00Z");
  await at("2026-05-10T12:30:00Z");
  assert.deepEqual(skipped(), ["run-overlaps", "run-overlaps"]);
  await finish();
  await at("2026-05-10T12:40:00Z");
  assert.deepEqual(due, ["2026-05-10T12:10:00.000Z", "2026-05-10T12:40:00.000Z"]);
});

test("a supervisor that is away for a moment makes the run all the same", async () => {
  await desire({ cron: NIGHTLY });
  await at("2026-05-11T02:59:50Z");
  database.close();
  now = Date.parse("2026-05-11T03:00:20Z");
  await boot();
  assert.deepEqual(due, ["2026-05-11T03:00:00.000Z"]);
});

test("of runs missed while the device was off none is made up for", async () => {
  await desire({ cron: NIGHTLY });
  now = Date.parse("2026-05-14T08:00:00Z");
  await powerCut();
  assert.deepEqual(due, []);
  assert.deepEqual(skipped(), ["run-missed"]);
  assert.equal(standing()?.next, "2026-05-15T03:00:00.000Z");
});

test("or one, where the schedule says so", async () => {
  await desire({ cron: NIGHTLY, missed: "run" });
  now = Date.parse("2026-05-14T08:00:00Z");
  await powerCut();
  assert.deepEqual(due, ["2026-05-11T03:00:00.000Z"]);
  await start();
  await finish();
  await at("2026-05-14T09:00:00Z");
  assert.equal(due.length, 1);
});

test("a run that a power cut ended is told, or begun anew where the schedule says so, once", async () => {
  await desire({ cron: NIGHTLY });
  await at("2026-05-11T03:00:00Z");
  await start();
  await powerCut();
  assert.deepEqual(skipped(), ["run-interrupted"]);
  assert.equal(standing()?.last?.outcome, "interrupted");
  await desire({ cron: NIGHTLY, missed: "run" });
  await at("2026-05-12T03:00:00Z");
  await start();
  due = [];
  await powerCut();
  assert.deepEqual(due, ["2026-05-12T03:00:00.000Z"]);
  await start();
  await powerCut();
  assert.equal(due.length, 1);
  assert.equal(standing()?.last?.outcome, "interrupted");
});

test("a run that ended while there was no supervisor is known by its end", async () => {
  await desire({ cron: NIGHTLY });
  await at("2026-05-11T03:00:00Z");
  await start();
  database.close();
  workloads.end("backup", 0);
  await boot();
  assert.equal(standing()?.last?.outcome, "completed");
  assert.equal(due.length, 1);
});

test("a clock that jumps to 1970 and back makes nothing run", async () => {
  await desire({ cron: NIGHTLY, missed: "run" });
  await at("1970-01-01T00:00:10Z");
  assert.equal(standing()?.next, "1970-01-01T03:00:00.000Z");
  await at("1970-01-01T00:10:00Z");
  await at("2026-05-10T12:20:00Z");
  assert.deepEqual(due, []);
  assert.equal(standing()?.next, "2026-05-11T03:00:00.000Z");
});

test("while the clock stays wrong it runs by that, no oftener than its schedule", async () => {
  await desire({ cron: "0 * * * *", missed: "run" });
  await at("1970-01-01T00:30:00Z");
  await at("1970-01-01T01:00:00Z");
  await start();
  await finish();
  await at("1970-01-01T01:30:00Z");
  assert.deepEqual(due, ["1970-01-01T01:00:00.000Z"]);
});

test("a clock that jumps ten years ahead makes one run at most, and none by default", async () => {
  await desire({ cron: NIGHTLY });
  await at("2036-05-10T12:00:00Z");
  await at("2036-05-10T12:01:00Z");
  assert.deepEqual(due, []);
  await at("2026-05-10T12:02:00Z");
  assert.equal(standing()?.next, "2026-05-11T03:00:00.000Z");
  await at("2026-05-11T03:00:00Z");
  assert.deepEqual(due, ["2026-05-11T03:00:00.000Z"]);
  await start();
  await finish();
  due = [];
  await desire({ cron: NIGHTLY, missed: "run" });
  await at("2046-05-10T12:00:00Z");
  await at("2046-05-10T12:01:00Z");
  assert.equal(due.length, 1);
});

test("a clock that jumps ahead, to 1970 and back makes up for one run at most", async () => {
  await desire({ cron: NIGHTLY, missed: "run" });
  await at("2036-05-10T12:00:00Z");
  await start();
  await finish();
  await at("1970-01-01T00:01:00Z");
  await at("2026-05-10T12:05:00Z");
  await at("2026-05-10T12:06:00Z");
  assert.equal(due.length, 1);
  assert.deepEqual(skipped(), []);
  assert.equal(standing()?.next, "2026-05-11T03:00:00.000Z");
  await at("2026-05-11T03:00:00Z");
  assert.equal(due.length, 2);
});

test("a time that was known to be wrong is forgotten once the clock is known to be right", async () => {
  await desire({ cron: NIGHTLY });
  await at("2036-05-10T12:00:00Z");
  synchronized = true;
  await at("2026-05-10T12:05:00Z");
  synchronized = false;
  now = Date.parse("2026-05-12T12:00:00Z");
  await powerCut();
  assert.deepEqual(skipped(), ["run-missed", "run-missed"]);
});

test("a boot with a clock that is not set yet runs nothing twice when it is set", async () => {
  await desire({ cron: NIGHTLY, missed: "run" });
  await at("2026-05-11T03:00:00Z");
  await start();
  await finish();
  now = Date.parse("2025-11-01T00:00:05Z");
  await powerCut();
  await at("2025-11-01T00:01:00Z");
  synchronized = true;
  await at("2026-05-11T09:00:00Z");
  assert.deepEqual(due, ["2026-05-11T03:00:00.000Z"]);
  await at("2026-05-12T03:00:01Z");
  assert.equal(due.length, 2);
});

test("a clock that is put back a little repeats no run", async () => {
  await desire({ cron: NIGHTLY });
  await at("2026-05-11T03:00:00Z");
  await start();
  await finish();
  await at("2026-05-11T02:50:00Z");
  await at("2026-05-11T03:00:00Z");
  await at("2026-05-11T03:05:00Z");
  assert.equal(due.length, 1);
});

test("while it is stopped times count for nothing", async () => {
  await desire({ cron: NIGHTLY, missed: "run" });
  await desire({ cron: NIGHTLY, missed: "run" }, "stopped");
  assert.deepEqual(standing(), {});
  await at("2026-05-13T12:00:00Z");
  await desire({ cron: NIGHTLY, missed: "run" });
  assert.deepEqual(due, []);
  assert.equal(standing()?.next, "2026-05-14T03:00:00.000Z");
});

test("another schedule begins anew, and one that is gone is forgotten", async () => {
  await desire({ cron: NIGHTLY, missed: "run" });
  now = Date.parse("2026-05-12T12:00:00Z");
  await desire({ cron: "0 4 * * *", missed: "run" });
  assert.deepEqual(due, []);
  assert.equal(standing()?.next, "2026-05-13T04:00:00.000Z");
  await desire(undefined);
  assert.equal(journal.schedules().size, 0);
});

test("a run that cannot be started gives way to the next", async () => {
  await desire({ cron: NIGHTLY });
  await at("2026-05-11T03:00:00Z");
  await at("2026-05-12T03:00:00Z");
  assert.equal(scheduler.runDue("backup"), "2026-05-12T03:00:00.000Z");
  assert.deepEqual(skipped(), ["run-missed"]);
});
