import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { writeFileAtomically } from "./atomic-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-file-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a file is replaced whole, with exactly the mode asked for", async () => {
  const path = join(folder, "file");
  await writeFileAtomically(path, "old", { mode: 0o666 });
  assert.equal(statSync(path).mode & 0o777, 0o666);
  await writeFileAtomically(path, new TextEncoder().encode("new"), { mode: 0o600 });
  assert.equal(readFileSync(path, "utf8"), "new");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ["file"]);
});

test("a failed write leaves no litter", async () => {
  await mkdir(join(folder, "taken", "inside"), { recursive: true });
  await assert.rejects(writeFileAtomically(join(folder, "taken"), "x", { mode: 0o600 }));
  assert.deepEqual(readdirSync(folder), ["taken"]);
});
