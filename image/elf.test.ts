import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { linksOf, withLibraries } from "./elf.ts";

const tree = mkdtempSync(join(tmpdir(), "berth-elf-"));
after(() => rmSync(tree, { recursive: true }));

/** A program or library that is nothing but its links: one segment over the whole file, at address 0x1000. */
function elf(loader: string | undefined, needed: readonly string[]): Buffer {
  const names = Buffer.from(`\0${needed.map((name) => `${name}\0`).join("")}`);
  const interpreter = Buffer.from(`${loader ?? ""}\0`);
  const [segments, dynamicAt] = [3, 64 + 3 * 56];
  const dynamic = Buffer.alloc((needed.length + 2) * 16);
  const namesAt = dynamicAt + dynamic.length;
  needed.forEach((name, index) => {
    dynamic.writeBigUInt64LE(1n, index * 16);
    dynamic.writeBigUInt64LE(BigInt(names.indexOf(`\0${name}\0`) + 1), index * 16 + 8);
  });
  dynamic.writeBigUInt64LE(5n, needed.length * 16);
  dynamic.writeBigUInt64LE(BigInt(0x1000 + namesAt), needed.length * 16 + 8);
  const header = Buffer.alloc(dynamicAt);
  header.write("\x7fELF\x02\x01\x01", "latin1");
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(segments, 56);
  const size = namesAt + names.length + interpreter.length;
  const segment = (index: number, type: number, offset: number, length: number) => {
    const at = 64 + index * 56;
    header.writeUInt32LE(type, at);
    header.writeBigUInt64LE(BigInt(offset), at + 8);
    header.writeBigUInt64LE(BigInt(0x1000 + offset), at + 16);
    header.writeBigUInt64LE(BigInt(length), at + 32);
  };
  segment(0, 1, 0, size);
  segment(1, 2, dynamicAt, dynamic.length);
  // 4: a note, which says nothing here
  segment(2, loader === undefined ? 4 : 3, namesAt + names.length, interpreter.length);
  return Buffer.concat([header, dynamic, names, interpreter]);
}

function place(path: string, data: Uint8Array): void {
  mkdirSync(join(tree, path, ".."), { recursive: true });
  writeFileSync(join(tree, path), data);
}

test("a program's loader and libraries are read from it", () => {
  assert.deepEqual(linksOf(elf("/lib64/ld.so.2", ["libone.so.1", "libc.so.6"])), {
    loader: "/lib64/ld.so.2",
    needed: ["libone.so.1", "libc.so.6"],
  });
  assert.deepEqual(linksOf(elf(undefined, [])), { loader: undefined, needed: [] });
  assert.throws(() => linksOf(Buffer.from("#!/bin/sh\n")), /not a 64-bit ELF file/);
});

test("what libraries need comes too, each once, and one that is missing is named", () => {
  place("usr/bin/tool", elf("/lib64/ld.so.2", ["libone.so.1", "libc.so.6"]));
  place("usr/lib/libone.so.1", elf(undefined, ["libc.so.6", "ld.so.2"]));
  place("usr/lib/libc.so.6", elf(undefined, ["ld.so.2"]));
  place("lib64/ld.so.2", elf(undefined, []));
  assert.deepEqual(withLibraries(tree, ["/usr/bin/tool"]), [
    "/usr/bin/tool",
    "/lib64/ld.so.2",
    "/usr/lib/libone.so.1",
    "/usr/lib/libc.so.6",
  ]);
  place("usr/bin/other", elf(undefined, ["libgone.so"]));
  assert.throws(() => withLibraries(tree, ["/usr/bin/other"]), /other needs libgone\.so/);
});
