import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { createLog } from "../host/log.ts";
import { Collector } from "./collector.ts";
import { type LogPlaces, logFolder, pipePaths } from "./places.ts";
import { readLog } from "./read.ts";

let root: string;
let places: LogPlaces;
let collector: Collector;

before(() => {
  root = mkdtempSync(join(tmpdir(), "berth-collector-"));
  places = { pipes: join(root, "pipes"), store: join(root, "store") };
  mkdirSync(join(places.pipes, "open"), { recursive: true });
  mkdirSync(places.store);
  collector = begin();
});
after(() => {
  collector.stop();
  for (const descriptor of held) closeSync(descriptor);
  rmSync(root, { recursive: true });
});
const writers: ChildProcess[] = [];
const held: number[] = [];
afterEach(() => {
  for (const writer of writers.splice(0)) writer.kill("SIGKILL");
});

function begin(): Collector {
  const begun = new Collector(places, createLog("collector", { write: () => {} }));
  begun.start();
  return begun;
}

function open(name: string, rate = 1_000_000, workload = name): void {
  const { stdout, stderr, settings } = pipePaths(places, name);
  execFileSync("mkfifo", [stdout, stderr]);
  // As the supervisor does: what a process wrote that has ended is kept in the pipe.
  for (const path of [stdout, stderr]) held.push(openSync(path, "r+"));
  writeFileSync(settings, JSON.stringify({ workload, size: 1 << 20, files: 3, rate }));
}

/** Runs a command as a workload runs: its outputs are the pipes, opened so that it never has nobody to read them. */
function write(name: string, script: string): ChildProcess {
  const { stdout, stderr } = pipePaths(places, name);
  const writer = spawn("sh", ["-c", `exec sh -c "$1" 1<>"$2" 2<>"$3"`, "sh", script, stdout, stderr]);
  writers.push(writer);
  return writer;
}

async function waitForFolder(name: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!existsSync(logFolder(places, name))) {
    assert.ok(Date.now() < deadline, `no folder for ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function until(name: string, last: string): Promise<string[]> {
  const seen: string[] = [];
  const signal = AbortSignal.timeout(10_000);
  for await (const { message } of readLog(logFolder(places, name), { tail: 1_000_000, follow: true, signal })) {
    seen.push(message);
    if (message === last) return seen;
  }
  throw new Error(`${last} did not come: ${seen.slice(-5)}`);
}

test("what processes write that come and go is kept, by workload", async () => {
  open("one");
  open("two");
  write("one", "echo out; echo err >&2");
  write("two", "echo other");
  await until("two", "other");
  assert.deepEqual((await until("one", "err")).sort(), ["err", "out"]);
  write("one", "echo again");
  await until("one", "again");
});

test("a workload writes on while the collector is away, and nothing of it is lost", async () => {
  open("away");
  write("away", "echo before");
  await until("away", "before");
  collector.stop();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const writer = write("away", "for n in 1 2 3; do echo $n; done; exit 7");
  assert.equal(await new Promise((resolve) => writer.on("exit", resolve)), 7);
  collector = begin();
  assert.deepEqual(await until("away", "3"), ["before", "1", "2", "3"]);
});

test("of a pipe that is deleted all is read that was written", async () => {
  open("gone");
  const { stdout, stderr, settings } = pipePaths(places, "gone");
  const writer = write("gone", "seq 1 2000; printf last");
  await new Promise((resolve) => writer.on("exit", resolve));
  for (const path of [settings, stdout, stderr]) rmSync(path);
  for (const descriptor of held.splice(0)) closeSync(descriptor);
  const lines = await until("gone", "last");
  assert.equal(lines.length, 2001);
});

test("what comes late of a workload that was removed goes where its log went, and nothing is left in its place", async () => {
  open("late");
  const { stdout, stderr, settings } = pipePaths(places, "late");
  await waitForFolder("late");
  const writer = write("late", "seq 1 100; printf last");
  await new Promise((resolve) => writer.on("exit", resolve));
  for (const path of [settings, stdout, stderr]) rmSync(path);
  renameSync(logFolder(places, "late"), logFolder(places, "aside"));
  for (const descriptor of held.splice(0)) closeSync(descriptor);
  assert.equal((await until("aside", "last")).length, 101);
  assert.equal(existsSync(logFolder(places, "late")), false);
});

test("two instances of a workload write to one log", async () => {
  open("twice");
  open("twice.2", 1_000_000, "twice");
  write("twice", "echo from the old");
  await until("twice", "from the old");
  write("twice.2", "echo from the new");
  assert.deepEqual(await until("twice", "from the new"), ["from the old", "from the new"]);
});

test("new pipes under a name used before are read, too", async () => {
  open("gone");
  write("gone", "echo new");
  await until("gone", "new");
});

test("a flood costs the others nothing, and is told of within seconds", async () => {
  open("calm");
  open("flood", 10);
  write("calm", "echo early");
  await until("calm", "early");
  write("flood", "seq 1 200000");
  const signal = AbortSignal.timeout(10_000);
  let dropped = 0;
  for await (const line of readLog(logFolder(places, "flood"), { tail: 1000, follow: true, signal })) {
    dropped += line.dropped ?? 0;
    if (dropped >= 199_000) break;
  }
  assert.ok(dropped >= 199_000 && dropped <= 199_900, `${dropped}`);
  assert.deepEqual(await until("calm", "early"), ["early"]);
});
