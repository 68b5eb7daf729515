import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { openIdRanges } from "./id-ranges.ts";

let folder = "";
const path = () => join(folder, "id-ranges.json");
const nobody = new Map<string, number>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "id-ranges-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function claim(name: string, ranges = openIdRanges(path()), inUse: ReadonlyMap<string, number> = nobody) {
  const { first, recorded } = await ranges.claim(name, inUse);
  await recorded;
  return first;
}

test("a workload keeps its range over a restart of the supervisor, also when others came and went", async () => {
  const first = await claim("web");
  await claim("db");
  assert.equal(await claim("web"), first);
});

test("no two workloads share one, whatever the record says", async () => {
  const web = await claim("web");
  writeFileSync(path(), JSON.stringify({ api: web }));
  const ranges = openIdRanges(path());
  assert.notEqual(await claim("web", ranges), web);
  rmSync(path());
  assert.notEqual(await claim("web", openIdRanges(path()), new Map([["other", web]])), web);
});

test("claims at the same moment differ, and all are written", async () => {
  const ranges = openIdRanges(path());
  const names = Array.from({ length: 20 }, (_, index) => `w${index}`);
  const firsts = await Promise.all(names.map((name) => claim(name, ranges)));
  assert.equal(new Set(firsts).size, names.length);
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(path(), "utf8"))).sort(), names.toSorted());
});

test("a removed workload's range is given back", async () => {
  const ranges = openIdRanges(path());
  await claim("web", ranges);
  await claim("db", ranges);
  await ranges.release("web");
  await ranges.release("nobody");
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(path(), "utf8"))), ["db"]);
});

test("a record that is damaged is begun anew", async () => {
  for (const text of ["", "{", '{"web": 5}', '{"web": "x"}']) {
    writeFileSync(path(), text);
    assert.ok((await claim("web")) >= 524_288);
  }
});
