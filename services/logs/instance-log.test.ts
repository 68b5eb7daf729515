import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { InstanceLog } from "./instance-log.ts";
import { readLog } from "./read.ts";
import { RotatedFile } from "./rotated-file.ts";

let folder: string;
const at = new Date("2026-01-01T00:00:00Z");
const bytes = (text: string) => new TextEncoder().encode(text);

before(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-logs-"));
});
after(() => rmSync(folder, { recursive: true }));

const files: RotatedFile[] = [];
afterEach(() => {
  for (const file of files.splice(0)) file.close();
});

function logOf(path: string, bounds: { size: number; files: number }, rate: number): InstanceLog {
  const file = new RotatedFile(path, bounds);
  files.push(file);
  return new InstanceLog(file, rate, 0);
}

async function linesOf(name: string, tail = 10_000, since?: string) {
  const lines = [];
  const query = { tail, since, follow: false, signal: new AbortController().signal };
  for await (const line of readLog(join(folder, name), query)) lines.push(line);
  return lines;
}

test("both streams are read in the order they came, also after the collector began anew", async () => {
  const bounds = { size: 65_536, files: 3 };
  const first = logOf(join(folder, "order"), bounds, 1000);
  first.take("stdout", bytes("one\n"), at, 0);
  first.take("stderr", bytes("two\nthr"), at, 0);
  first.end("stderr", at);
  const second = logOf(join(folder, "order"), bounds, 1000);
  second.take("stdout", bytes("four\n"), at, 0);
  assert.deepEqual(
    (await linesOf("order")).map(({ stream, message }) => [stream, message]),
    [
      ["stdout", "one"],
      ["stderr", "two"],
      ["stderr", "thr"],
      ["stdout", "four"],
    ],
  );
  assert.deepEqual(
    (await linesOf("order", 2)).map(({ message }) => message),
    ["thr", "four"],
  );
});

test("no more is kept than its files hold, and what is kept is the newest", async () => {
  const log = logOf(join(folder, "bounded"), { size: 65_536, files: 3 }, 1_000_000);
  for (let number = 0; number < 20_000; number++) log.take("stdout", bytes(`line ${number}\n`), at, 0);
  const files = readdirSync(join(folder, "bounded"));
  assert.deepEqual(files.sort(), ["1", "2", "current"]);
  for (const file of files) assert.ok(statSync(join(folder, "bounded", file)).size <= 65_536);
  const lines = await linesOf("bounded");
  assert.equal(lines.at(-1)?.message, "line 19999");
  const first = Number(lines[0]?.message.split(" ")[1]);
  assert.equal(lines.length, 20_000 - first);
  assert.deepEqual(
    (await linesOf("bounded", 3000)).map(({ message }) => message),
    Array.from({ length: 3000 }, (_, index) => `line ${17_000 + index}`),
  );
});

test("a flood is cut to the rate, and the log says how many lines are missing", async () => {
  const log = logOf(join(folder, "flood"), { size: 65_536, files: 2 }, 10);
  assert.equal(log.take("stdout", bytes("x\n".repeat(1000)), at, 0), true);
  log.tell(at);
  assert.equal(log.take("stdout", bytes("after\n"), at, 1_000), false);
  log.tell(at);
  const lines = await linesOf("flood");
  assert.equal(lines.filter(({ message }) => message === "x").length, 100);
  assert.deepEqual(
    lines.flatMap(({ dropped }) => dropped ?? []),
    [900],
  );
  assert.equal(lines.at(-1)?.message, "after");
});

test("lines from before a time are left out", async () => {
  const log = logOf(join(folder, "since"), { size: 65_536, files: 2 }, 10);
  log.take("stdout", bytes("old\n"), new Date("2026-01-01T00:00:00Z"), 0);
  log.take("stdout", bytes("new\n"), new Date("2026-01-01T01:00:00Z"), 0);
  const lines = await linesOf("since", 100, "2026-01-01T02:30:00+02:00");
  assert.deepEqual(
    lines.map(({ message }) => message),
    ["new"],
  );
});

test("following goes over into new files without losing or doubling a line, and ends with the log", async () => {
  const path = join(folder, "follow");
  // More files than are begun: however late it reads, nothing is deleted.
  const log = logOf(path, { size: 65_536, files: 5 }, 1_000_000);
  log.take("stdout", bytes("line 0\n"), at, 0);
  const reading = (async () => {
    const seen: string[] = [];
    const query = { tail: 10_000, follow: true, signal: new AbortController().signal };
    for await (const { message } of readLog(path, query)) {
      seen.push(message);
      if (message === "line 2999") rmSync(path, { recursive: true });
    }
    return seen;
  })();
  for (let number = 1; number < 3000; number++) {
    log.take("stdout", bytes(`line ${number}\n`), at, 0);
    if (number % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const seen = await reading;
  assert.deepEqual(
    seen,
    Array.from({ length: 3000 }, (_, index) => `line ${index}`),
  );
});

test("following waits for a log that is not there yet", async () => {
  const ending = new AbortController();
  const reading = (async () => {
    for await (const { message } of readLog(join(folder, "later"), { tail: 10, follow: true, signal: ending.signal })) {
      ending.abort();
      return message;
    }
    return undefined;
  })();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const log = logOf(join(folder, "later"), { size: 65_536, files: 2 }, 10);
  log.take("stdout", bytes("here\n"), at, 0);
  assert.equal(await reading, "here");
});
