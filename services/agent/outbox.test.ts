import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Outbox, type OutboxLimits, openOutbox } from "./outbox.ts";

let folder: string;
let path: string;
const opened: Outbox[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-outbox-"));
  path = join(folder, "outbox.db");
});
afterEach(() => {
  for (const outbox of opened.splice(0)) outbox.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(limits?: OutboxLimits): Outbox {
  const outbox = limits === undefined ? openOutbox(path) : openOutbox(path, limits);
  opened.push(outbox);
  return outbox;
}

const payloads = (outbox: Outbox, kind: "receipt" | "event") => outbox.waiting(kind, 100).map(({ payload }) => payload);

test("a message taken twice waits once, and the cursor says where to go on", () => {
  const outbox = open();
  assert.equal(outbox.takeReceipt(1, "one"), true);
  assert.equal(outbox.takeReceipt(1, "one"), false);
  assert.equal(outbox.takeReceipt(2, "two"), true);
  assert.deepEqual(payloads(outbox, "receipt"), ["one", "two"]);
  assert.equal(outbox.cursor("receipts"), 2);
  assert.equal(outbox.cursor("events"), 0);
});

test("what the broker took waits no more, but receipts do again when the broker lost its memory", () => {
  const outbox = open({ rows: 100, bytes: 10_000, sentReceipts: 2 });
  for (const count of [1, 2, 3, 4]) outbox.takeReceipt(count, `r${count}`);
  outbox.takeEvent(1, "e1");
  outbox.markSent("receipt", outbox.waiting("receipt", 3));
  outbox.markSent("event", outbox.waiting("event", 1));
  assert.deepEqual(payloads(outbox, "receipt"), ["r4"]);
  assert.deepEqual(payloads(outbox, "event"), []);
  outbox.sendAgain();
  assert.deepEqual(payloads(outbox, "receipt"), ["r2", "r3", "r4"]);
});

test("a full outbox lets the oldest events go first, receipts last, and counts both", () => {
  const outbox = open({ rows: 4, bytes: 10_000, sentReceipts: 10 });
  outbox.takeReceipt(1, "r1");
  for (const count of [1, 2, 3, 4]) outbox.takeEvent(count, `e${count}`);
  assert.deepEqual(payloads(outbox, "event"), ["e2", "e3", "e4"]);
  for (const count of [2, 3, 4, 5]) outbox.takeReceipt(count, `r${count}`);
  assert.deepEqual(payloads(outbox, "event"), []);
  assert.deepEqual(payloads(outbox, "receipt"), ["r2", "r3", "r4", "r5"]);
  assert.deepEqual(outbox.dropped(), { events: 4, receipts: 1 });
});

test("bytes are bounded as well as messages", () => {
  const outbox = open({ rows: 100, bytes: 1_000, sentReceipts: 10 });
  for (const count of [1, 2, 3]) outbox.takeEvent(count, `${count}`.repeat(400));
  assert.equal(outbox.waiting("event", 10).length, 2);
  assert.deepEqual(outbox.dropped(), { events: 1, receipts: 0 });
});

test("events that were left out of the feed are counted", () => {
  const outbox = open();
  outbox.takeEvent(7, "the first one heard of");
  outbox.takeEvent(10, "after two that are gone");
  assert.deepEqual(outbox.dropped(), { events: 2, receipts: 0 });
});

test("a process killed in the middle of taking and sending loses nothing and leaves no hole", async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL("fixtures/fill-outbox.ts", import.meta.url)), path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  while (said.length < 600) await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  const lines = said.trim().split("\n");
  const taken = Math.max(...lines.filter((line) => line.startsWith("t")).map((line) => Number(line.slice(1))));
  const sent = Math.max(0, ...lines.filter((line) => line.startsWith("s")).map((line) => Number(line.slice(1))));
  const outbox = open();
  const cursor = outbox.cursor("receipts");
  assert(cursor >= taken, `cursor ${cursor}, taken ${taken}`);
  const waiting = outbox.waiting("receipt", 1_000_000).map(({ payload }) => Number(payload));
  const first = waiting[0] ?? cursor + 1;
  assert(first > sent);
  assert.deepEqual(
    waiting,
    Array.from({ length: cursor - first + 1 }, (_, index) => first + index),
  );
});
