import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { dropRetiredLog, readableFolder, retireLog } from "./retired.ts";

let root: string;

before(() => {
  root = mkdtempSync(join(tmpdir(), "berth-retired-"));
});

after(() => rmSync(root, { recursive: true }));

function logged(name: string) {
  const places = { pipes: `${root}/pipes`, store: root };
  mkdirSync(`${root}/${name}`);
  writeFileSync(`${root}/${name}/current`, "a line\n");
  return places;
}

test("the log of a removed workload can be read until its name is used again", async () => {
  const places = logged("job");
  assert.deepEqual(await readableFolder(places, "job"), { folder: `${root}/job`, retired: false });
  await retireLog(places, "job");
  const { folder, retired } = await readableFolder(places, "job");
  assert.deepEqual(readdirSync(folder), ["current"]);
  assert.equal(retired, true);
  await dropRetiredLog(places, "job");
  assert.equal((await readableFolder(places, "job")).retired, false);
});

test("a workload without a log is no trouble, and not more than ten logs are kept", async () => {
  const places = { pipes: `${root}/pipes`, store: root };
  await retireLog(places, "never");
  for (let index = 0; index < 12; index++) {
    logged(`many-${index}`);
    await retireLog(places, `many-${index}`);
  }
  assert.equal(readdirSync(`${root}/.removed`).length, 10);
  assert.equal((await readableFolder(places, "many-11")).retired, true);
});

test("one that never wrote a line takes no other's place", async () => {
  const places = { pipes: `${root}/pipes`, store: root };
  mkdirSync(`${root}/silent`);
  await retireLog(places, "silent");
  const kept = readdirSync(`${root}/.removed`);
  assert.equal(kept.length, 10);
  assert.equal(kept.includes("silent"), false);
});
