import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "./command.ts";
import { foldersOf, writeFat } from "./fat.ts";

const options = {
  label: "TEST",
  size: 40 * 1024 * 1024,
  date: new Date("2026-01-02T03:04:06Z"),
  fat32: true,
  files: { "EFI/BOOT/one": Buffer.from("first"), two: import.meta.path },
};

test("the same files give the same image, and can be read from it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-fat-"));
  try {
    const [a, b] = [join(folder, "a.img"), join(folder, "b.img")];
    await writeFat(a, options);
    // FAT counts in two seconds.
    await new Promise((resolve) => setTimeout(resolve, 2100));
    await writeFat(b, options);
    assert.ok(readFileSync(a).equals(readFileSync(b)));
    assert.equal(await run(["mtype", "-i", a, "::EFI/BOOT/one"]), "first");
    assert.equal(await run(["mtype", "-i", a, "::two"]), readFileSync(import.meta.path, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("folders come after those they are in, once each", () => {
  assert.deepEqual(foldersOf(["EFI/BOOT/a", "EFI/BOOT/b", "c"]), ["EFI", "EFI/BOOT"]);
});
