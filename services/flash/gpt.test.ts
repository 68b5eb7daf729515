import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseGpt } from "./gpt.ts";

const MIB = 1024 * 1024;
let directory: string;
let bytes: Uint8Array;

before(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-gpt-"));
  const disk = join(directory, "disk.img");
  writeFileSync(disk, "");
  truncateSync(disk, 8 * MIB);
  const script = 'label: gpt\nstart=2048, size=2048, name="esp"\nstart=4096, size=4096, name="CONFIG"\n';
  execFileSync("sfdisk", ["--quiet", disk], { input: script });
  bytes = readFileSync(disk).subarray(0, MIB);
});
after(() => rmSync(directory, { recursive: true }));

test("the partitions of a table sfdisk made are found", () => {
  assert.deepEqual(parseGpt(bytes), [
    { label: "esp", offset: MIB, size: MIB },
    { label: "CONFIG", offset: 2 * MIB, size: 2 * MIB },
  ]);
});

test("a table with a wrong byte, and a disk without one, have none", () => {
  for (const at of [512 + 56, 1024 + 57]) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    assert.equal(parseGpt(damaged), undefined, String(at));
  }
  assert.equal(parseGpt(new Uint8Array(MIB)), undefined);
  assert.equal(parseGpt(bytes.subarray(0, 600)), undefined);
});
