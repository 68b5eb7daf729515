import assert from "node:assert/strict";
import { test } from "node:test";
import { join, makeTar, pax } from "./fixtures/tar.ts";
import { TarParser } from "./tar-parser.ts";

function read(bytes: Uint8Array, piece = bytes.length): { entries: string[]; parser: TarParser } {
  const parser = new TarParser();
  const entries: string[] = [];
  for (let position = 0; position < bytes.length; position += piece)
    for (const item of parser.push(bytes.subarray(position, position + piece))) {
      if (item.kind === "entry") entries.push(`${item.entry.type} ${item.entry.name} ${item.entry.link}:`);
      if (item.kind === "data") entries.push(`${entries.pop()}${new TextDecoder().decode(item.bytes)}`);
    }
  return { entries, parser };
}

test("entries, long names and sizes are read whatever the pieces", () => {
  const long = "d/".repeat(100);
  const tar = makeTar([
    { name: "dir/", type: "5" },
    { name: "file", content: "content" },
    pax({ path: `${long}file`, mtime: "1.5", "SCHILY.xattr.security.capability": "\u0001" }),
    { name: "cut", content: "x" },
    { name: "././@LongLink", type: "L", content: `${long}gnu\0` },
    { name: "././@LongLink", type: "K", content: `${long}target\0` },
    { name: "cut", type: "2", link: "cut" },
    pax({ size: "3" }),
    { name: "big", content: "abc", size: 0 },
  ]);
  const expected = ["5 dir/ :", "0 file :content", `0 ${long}file :x`, `2 ${long}gnu ${long}target:`, "0 big :abc"];
  for (const piece of [1, 511, 512, 513, tar.length]) {
    const { entries, parser } = read(tar, piece);
    assert.deepEqual(entries, expected);
    assert.equal(parser.ended, true);
  }
});

test("an archive that breaks off is not complete, one without its end is", () => {
  const tar = makeTar([{ name: "a", content: "content" }]);
  for (const length of [1, 511, 512, 518]) assert.equal(read(tar.subarray(0, length)).parser.complete, false);
  for (const length of [0, 519, 1023, 1024, 1536, 2048])
    assert.equal(read(tar.subarray(0, length)).parser.complete, true);
});

test("what readers disagree about is refused", () => {
  const file = makeTar([{ name: "a" }]);
  assert.throws(() => read(join([new Uint8Array(512), file])), /an entry follows a block of zeros/);
  assert.throws(() => read(makeTar([{ name: "a", type: "5", size: 512 }])), /its type forbids/);
  assert.throws(() => read(makeTar([{ ...pax({ size: "1" }), type: "g" }])), /global header sets size/);
  assert.throws(() => read(makeTar([{ name: "x", type: "x", content: "99 path=a\n" }])), /malformed/);
  assert.throws(() => read(makeTar([{ name: "x", type: "x", size: 2 ** 30 }])), /no usable size/);
});
