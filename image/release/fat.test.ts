import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fatLayout, fatUsed } from "./fat.ts";

const MIB = 1024 * 1024;
let directory: string;
before(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-fat-"));
});
after(() => rmSync(directory, { recursive: true }));

/** What is left when everything that is not in use is overwritten. */
function onlyUsed(image: Buffer): Buffer {
  const layout = fatLayout(image);
  assert(layout !== undefined);
  const { offset, length } = layout.table;
  const left = Buffer.alloc(image.length, 0xdd);
  for (const part of fatUsed(layout, image.subarray(offset, offset + length))) {
    image.copy(left, part.offset, part.offset, part.offset + part.length);
  }
  return left;
}

for (const [bits, size, options] of [
  [12, 2 * MIB, []],
  [16, 16 * MIB, []],
  [32, 64 * MIB, ["-F", "32", "-s", "1"]],
] as const) {
  test(`FAT${bits}: files, with zeros in them, and folders are whole when all else is something else`, () => {
    const path = join(directory, `fat${bits}`);
    writeFileSync(path, "");
    truncateSync(path, size);
    execFileSync("mkfs.vfat", [...options, path], { stdio: "ignore" });
    const file = join(directory, "file");
    const content = Buffer.concat([Buffer.from("begin"), Buffer.alloc(100_000), Buffer.from("end")]);
    writeFileSync(file, content);
    execFileSync("mmd", ["-i", path, "::EFI"]);
    for (const name of ["::gone", "::EFI/kept", "::kept"]) execFileSync("mcopy", ["-i", path, file, name]);
    execFileSync("mdel", ["-i", path, "::gone"]);
    const image = readFileSync(path);
    assert.equal(fatLayout(image)?.bits, bits);
    const left = onlyUsed(image);
    writeFileSync(path, left);
    execFileSync("fsck.vfat", ["-n", path]);
    for (const name of ["::EFI/kept", "::kept"]) {
      assert(execFileSync("mtype", ["-i", path, name], { maxBuffer: MIB }).equals(content), name);
    }
    const unused = left.filter((byte) => byte === 0xdd).length;
    assert(unused > size / 2, `only ${unused} of ${size} bytes were found free`);
  });
}

test("what is no FAT has no layout", () => {
  assert.equal(fatLayout(new Uint8Array(512)), undefined);
  assert.equal(fatLayout(new Uint8Array(100)), undefined);
  const gpt = new Uint8Array(512);
  gpt.set([0x55, 0xaa], 510);
  assert.equal(fatLayout(gpt), undefined);
});
