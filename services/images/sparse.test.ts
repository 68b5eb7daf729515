import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { join as joined, makeTar, pax } from "./fixtures/tar.ts";
import { LayerArchive } from "./layer-archive.ts";
import { TarParser } from "./tar-parser.ts";

const KIBIBYTE = 1024;
/** GNU tar's four ways to write a sparse file. */
const FORMATS = [
  ["--format=gnu"],
  ["--format=posix", "--sparse-version=0.0"],
  ["--format=posix", "--sparse-version=0.1"],
  ["--format=posix", "--sparse-version=1.0"],
];

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-sparse-"));
  const parts = (count: number) => Array.from({ length: count }, (_, index) => [index * 64 * KIBIBYTE, 4096] as const);
  make("few", 300 * KIBIBYTE + 77, [
    [8192, 4096],
    [200 * KIBIBYTE, 5000],
  ]);
  // More than the header and one block behind it hold in the old format.
  make("many", 64 * 64 * KIBIBYTE, parts(60));
  make("hole", 100 * KIBIBYTE, []);
  make("full", 10_000, [[0, 10_000]]);
});
after(() => rmSync(folder, { recursive: true }));

function make(name: string, size: number, data: readonly (readonly [at: number, size: number])[]): void {
  const file = openSync(join(folder, name), "w");
  ftruncateSync(file, size);
  for (const [index, [at, length]] of data.entries())
    writeSync(file, new Uint8Array(length).fill(index + 1), 0, length, at);
  closeSync(file);
}

const NAMES = ["few", "many", "hole", "full"];

function archived(format: readonly string[]): Uint8Array {
  return new Uint8Array(
    execFileSync("tar", ["-c", "--sparse", ...format, "-C", folder, ...NAMES], { maxBuffer: 64 * 1024 * KIBIBYTE }),
  );
}

/** What mkfs.erofs gets, as files by name. */
function expanded(tar: Uint8Array, piece: number): Map<string, Uint8Array> {
  const archive = new LayerArchive();
  const pieces: Uint8Array[] = [];
  for (let position = 0; position < tar.length; position += piece)
    for (const bytes of archive.push(tar.slice(position, position + piece))) pieces.push(bytes.slice());
  return filesOf(joined([...pieces, archive.finish()]));
}

function filesOf(tar: Uint8Array): Map<string, Uint8Array> {
  const parser = new TarParser();
  const found = new Map<string, Uint8Array[]>();
  let current: Uint8Array[] = [];
  for (const item of parser.push(tar)) {
    if (item.kind === "entry") {
      assert.equal(item.sparse, undefined);
      current = [];
      if (item.entry.type === "0") found.set(item.entry.name, current);
    } else if (item.kind === "data") current.push(item.bytes);
  }
  assert.equal(parser.ended, true);
  return new Map([...found].map(([name, parts]) => [name, joined(parts)]));
}

test("sparse files of every format are handed on as the files they are, whatever the pieces", () => {
  for (const format of FORMATS) {
    const tar = archived(format);
    for (const piece of [511, 512, 4096, 65_536, tar.length]) {
      const files = expanded(tar, piece);
      assert.deepEqual([...files.keys()], NAMES, `${format}`);
      for (const name of NAMES)
        assert.ok(Buffer.from(files.get(name) ?? []).equals(readFileSync(join(folder, name))), `${format}: ${name}`);
    }
  }
});

test("what follows a sparse file is what it was, also an archive without its end", () => {
  const before = makeTar([{ name: "before", content: "first" }]).subarray(0, 1024);
  const last = makeTar([pax({ mtime: "1.5" }), { name: "after", content: "x".repeat(600) }]);
  for (const format of FORMATS) {
    const sparse = archived(format);
    const end = sparse.findLastIndex((byte) => byte !== 0) + 1;
    const whole = joined([before, sparse.subarray(0, Math.ceil(end / 512) * 512), last]);
    for (const piece of [700, whole.length]) {
      const files = expanded(whole, piece);
      assert.deepEqual([...files.keys()], ["before", ...NAMES, "after"]);
      assert.equal(files.get("after")?.length, 600);
    }
    assert.deepEqual([...expanded(sparse.subarray(0, end), 1000).keys()], NAMES);
  }
});

test("how much its holes come to is known before they are written out", () => {
  const archive = new LayerArchive();
  const bomb = makeTar([
    pax({ "GNU.sparse.name": "bomb", "GNU.sparse.size": `${2 ** 49}`, "GNU.sparse.map": "0,1" }),
    { name: "x", content: "x" },
  ]);
  archive.push(bomb);
  assert.equal(archive.holes, 2 ** 49 - 1);
});

test("maps that lie are refused with what is wrong with them", () => {
  const read = (records: Readonly<Record<string, string>>, content: string) => () => {
    const named = Object.fromEntries(Object.entries(records).map(([key, value]) => [`GNU.sparse.${key}`, value]));
    return [...new TarParser().push(makeTar([pax(named), { name: "a", content }]))];
  };
  const one = { major: "1", minor: "0", realsize: "100" };
  const block = (text: string, data = "") => text.padEnd(512, "\0") + data;
  assert.equal(read(one, block("1\n10\n3\n", "abc"))().length, 5);
  assert.throws(read(one, block("1\n98\n3\n", "abc")), /leads beyond its end/);
  assert.throws(read(one, block("2\n10\n3\n5\n3\n", "abcdef")), /does not rise/);
  assert.throws(read(one, block("1\n10\n3\n", "abcd")), /does not fit what is stored/);
  assert.throws(read(one, block("1\n10\n4\n", "abc")), /does not fit what is stored/);
  assert.throws(read(one, "1\n10\n"), /the map of a sparse file breaks off/);
  assert.throws(read(one, block("x\n")), /no list of numbers/);
  assert.throws(read(one, block("999999999\n")), /more than 262144 parts/);
  assert.throws(read({ ...one, major: "2" }, "x"), /its format 2\.0 is not known/);
  assert.throws(read({ size: "100", map: "1,2,3" }, "ab"), /odd number/);
  assert.throws(read({ size: "100" }, ""), /it has no map/);
  assert.equal(read({ size: "100", numblocks: "0" }, "")().length, 3);
  assert.throws(read({ size: "1e3", map: "1,2" }, "ab"), /its size is no usable number/);
  const folder = [pax({ "GNU.sparse.size": "9", "GNU.sparse.map": "" }), { name: "a/", type: "5" }];
  assert.throws(() => [...new TarParser().push(makeTar(folder))], /is sparse and no file/);
});
