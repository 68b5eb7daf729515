import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";

const SCRIPT = join(import.meta.dirname, "post-fakeroot.sh");
const FILES = [
  "usr/bin/berth",
  "usr/bin/grub-editenv",
  "usr/bin/grub-install",
  "usr/bin/qemu-ga",
  "usr/bin/qemu-img",
  "usr/bin/qemu-io",
  "usr/lib/systemd/system/serial-getty@.service",
  "usr/sbin/agetty",
  "usr/share/qemu/bios-256k.bin",
  "usr/share/qemu/keymaps/de",
  "usr/share/qemu/opensbi.bin",
];

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-tree-"));
  for (const file of FILES) {
    const path = join(folder, "tree", file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "");
  }
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the hook as Buildroot does and gives what it left. */
function leftBy(config: string): string[] {
  const configFile = join(folder, ".config");
  writeFileSync(configFile, config);
  const tree = join(folder, "tree");
  const { status, stderr } = spawnSync(SCRIPT, [tree], {
    env: { ...process.env, BR2_CONFIG: configFile },
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return FILES.filter((file) => existsSync(join(tree, file)));
}

test("a release has no login, no guest agent, and of GRUB, QEMU and its firmware only what is used", () => {
  assert.deepEqual(leftBy("# BR2_PACKAGE_BERTH_DEVELOPMENT is not set\n"), [
    "usr/bin/berth",
    "usr/bin/grub-editenv",
    "usr/bin/qemu-img",
    "usr/share/qemu/bios-256k.bin",
  ]);
});

test("a development image keeps login and guest agent", () => {
  const left = leftBy("BR2_PACKAGE_BERTH_DEVELOPMENT=y\n");
  assert.ok(left.includes("usr/bin/qemu-ga") && left.includes("usr/sbin/agetty"));
  assert.ok(left.includes("usr/lib/systemd/system/serial-getty@.service"));
  assert.ok(!left.includes("usr/bin/grub-install") && !left.includes("usr/bin/qemu-io"));
});
