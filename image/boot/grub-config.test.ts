import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readList } from "../list-file.ts";

test("GRUB understands its scripts", () => {
  for (const name of ["grub.cfg", "grub-early.cfg"]) {
    const { status, stderr } = spawnSync("grub-script-check", [join(import.meta.dir, name)], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  }
});

test("the early script has no comments, which GRUB's rescue parser would take for commands", () => {
  assert.doesNotMatch(readFileSync(join(import.meta.dir, "grub-early.cfg"), "utf8"), /#/u);
});

test("every script ends in a restart, not in a prompt", () => {
  for (const name of ["grub.cfg", "grub-early.cfg"]) {
    const lines = readFileSync(join(import.meta.dir, name), "utf8")
      .trim()
      .split("\n");
    assert.equal(lines.at(-1), "reboot", name);
    assert.ok(lines.includes('set superusers=""'), name);
  }
});

test("no module gives access to a file system that the device does not boot from", () => {
  const modules = readList(join(import.meta.dir, "grub-modules.txt"));
  assert.deepEqual(
    modules.filter((name) => /^(ext2|iso9660|ntfs|xfs|btrfs|zfs|net|efinet|tftp|http|usb|ls|cat|search)$/u.test(name)),
    [],
  );
});
