import assert from "node:assert/strict";
import { test } from "node:test";
import { join, makeTar, pax, type TarFile } from "./fixtures/tar.ts";
import { LayerArchive } from "./layer-archive.ts";
import { parseTarHeader } from "./tar-header.ts";
import { TarParser } from "./tar-parser.ts";

/** What mkfs.erofs gets of an archive that comes in pieces. */
function relayed(tar: Uint8Array, piece: number): Uint8Array {
  const archive = new LayerArchive();
  const pieces: Uint8Array[] = [];
  for (let position = 0; position < tar.length; position += piece)
    pieces.push(...[...archive.push(tar.slice(position, position + piece))].map((bytes) => bytes.slice()));
  return join([...pieces, archive.finish()]);
}

/** `MODE NAME` of each entry; long names keep their short form's mode. */
function entries(tar: Uint8Array): string[] {
  const parser = new TarParser();
  const found: string[] = [];
  let settled = 0;
  for (let position = 0; position < tar.length; position += 512) {
    for (const item of parser.push(tar.subarray(position, position + 512)))
      if (item.kind === "entry") {
        const mode = new TextDecoder().decode(tar.subarray(settled + 100, settled + 107));
        found.push(`${mode.replace(/^0+/, "")} ${item.entry.name}`);
      }
    settled = position + 512;
  }
  assert.equal(parser.ended, true);
  return found;
}

const FILES: readonly TarFile[] = [
  { name: "usr/", type: "5" },
  { name: "usr/share/doc/a", content: "x".repeat(700) },
  { name: "tmp/.wh.gone" },
  pax({ path: `${"long/".repeat(25)}file` }),
  { name: "cut", content: "y" },
];

test("directories that no entry stands for are added with their usual modes", () => {
  const tar = makeTar(FILES.slice(0, 3));
  assert.deepEqual(entries(relayed(tar, tar.length)), [
    "644 usr/",
    "644 usr/share/doc/a",
    "644 tmp/.wh.gone",
    "755 ./",
    "1777 ./tmp/",
    "755 ./usr/share/",
    "755 ./usr/share/doc/",
  ]);
});

test("the pieces an archive comes in make no difference, nor does an end it lacks", () => {
  const tar = makeTar(FILES);
  const whole = relayed(tar, tar.length);
  for (const piece of [1, 100, 511, 512, 513, 1500]) assert.deepEqual(relayed(tar, piece), whole);
  assert.deepEqual(relayed(tar.subarray(0, tar.length - 1024), 700), whole);
  assert.deepEqual(relayed(tar.subarray(0, tar.length - 1024 - 511), 700), whole);
  assert.deepEqual(relayed(join([tar, new Uint8Array(100_000).fill(1)]), 700), whole);
  assert.ok(entries(whole).some((entry) => entry === `755 ./${"long/".repeat(25)}`));
});

test("a layer with an entry for its root keeps it, and an empty one gets one", () => {
  const tar = makeTar([{ name: "./", type: "5" }]);
  assert.deepEqual(entries(relayed(tar, 512)), ["644 ./"]);
  for (const empty of [new Uint8Array(0), new Uint8Array(1024)])
    assert.deepEqual(entries(relayed(empty, 512)), ["755 ./"]);
});

test("a root named / is renamed, wherever the pieces are cut", () => {
  const tar = makeTar([
    { name: "a", content: "x" },
    { name: "/", type: "5" },
    { name: "b/", type: "5" },
  ]);
  for (const piece of [1, 500, 513, 1600, tar.length])
    assert.deepEqual(entries(relayed(tar, piece)), ["644 a", "644 ./", "644 b/"]);
  assert.throws(() => relayed(makeTar([pax({ path: "//" }), { name: "x", type: "5" }]), 512), /names its root/);
});

test("names that lead out of the layer are refused", () => {
  for (const name of ["../etc/passwd", "a/../../b", "/.."])
    assert.throws(() => relayed(makeTar([{ name }]), 512), /leads out of the layer/);
});

test("names need not be UTF-8", () => {
  const tar = makeTar([{ name: "x/y" }]);
  tar[0] = 0xff;
  tar.set(new TextEncoder().encode(`${(sumOf(tar) % 8 ** 6).toString(8).padStart(6, "0")}\0 `), 148);
  const last = relayed(tar, 512).subarray(1024);
  assert.equal(parseTarHeader(last.subarray(0, 512))?.name, "./ÿ/");
  assert.equal(last[2], 0xff);
});

function sumOf(tar: Uint8Array): number {
  return tar.subarray(0, 512).reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}
