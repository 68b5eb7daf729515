import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type LogPlaces, pipePaths } from "../../logs/places.ts";
import { createOutputs, type Outputs } from "./outputs.ts";

let root: string;
let places: LogPlaces;
let outputs: Outputs;
const settings = { workload: "web", size: "1Mi", files: 2, rate: 10 };
const libc = {
  makeFifo: (path: string, mode: number) => void execFileSync("mkfifo", ["-m", mode.toString(8), path]),
};

before(() => {
  root = mkdtempSync(join(tmpdir(), "berth-outputs-"));
  places = { pipes: join(root, "pipes"), store: join(root, "store") };
  mkdirSync(join(places.pipes, "open"), { recursive: true });
  outputs = createOutputs(places, libc);
});
after(() => rmSync(root, { recursive: true }));

/** What is in a pipe now, without waiting for more. */
function waiting(path: string): string {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = new Uint8Array(100);
  try {
    return new TextDecoder().decode(buffer.subarray(0, readSync(descriptor, buffer)));
  } finally {
    closeSync(descriptor);
  }
}

test("the collector finds the pipes and what it must know of them", () => {
  outputs.open("web", settings);
  const paths = pipePaths(places, "web");
  assert.deepEqual(JSON.parse(readFileSync(paths.settings, "utf8")), {
    workload: "web",
    size: 2 ** 20,
    files: 2,
    rate: 10,
  });
  for (const path of [paths.stdout, paths.stderr]) {
    assert.ok(statSync(path).isFIFO());
    assert.equal(statSync(path).mode & 0o777, 0o666);
  }
});

test("what a process wrote that has ended waits for the collector", () => {
  const { stdout } = pipePaths(places, "web");
  execFileSync("sh", ["-c", 'echo last words 1<>"$1"', "sh", stdout]);
  assert.equal(waiting(stdout), "last words\n");
});

test("a supervisor that comes back holds the pipes as the one before did", async () => {
  const { stderr } = pipePaths(places, "web");
  const next = createOutputs(places, libc);
  await next.hold();
  execFileSync("sh", ["-c", 'echo more 1<>"$1"', "sh", stderr]);
  assert.equal(waiting(stderr), "more\n");
  await next.close("web");
});

test("nothing is left of a workload's pipes, and a new start makes new ones", () => {
  outputs.open("web", settings);
  const { stdout } = pipePaths(places, "web");
  const collector = openSync(stdout, constants.O_RDONLY | constants.O_NONBLOCK);
  outputs.open("web", settings);
  assert.notEqual(statSync(stdout).ino, fstatSync(collector).ino);
  closeSync(collector);
  outputs.close("web");
  outputs.close("web");
  assert.deepEqual(readdirSync(places.pipes), ["open"]);
  assert.deepEqual(readdirSync(join(places.pipes, "open")), []);
});
