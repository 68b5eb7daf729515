import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { type SlotOptions, slotConfig } from "./slot-config.ts";

const options: SlotOptions = {
  verity: { blocks: 10, rootHash: "aa", salt: "bb" },
  initrd: true,
  consoles: ["tty0", "ttyS0,115200"],
  development: false,
};

test("GRUB understands it, with and without an initrd, for release and development", () => {
  for (const initrd of [true, false]) {
    for (const development of [true, false]) {
      const input = slotConfig({ ...options, initrd, development });
      const { status, stderr } = spawnSync("grub-script-check", { input, encoding: "utf8" });
      assert.equal(status, 0, `${stderr}\n${input}`);
      assert.equal(input.includes("initrd.img"), initrd);
    }
  }
});

test("the root hash stands in the kernel's command line, and the last console is init's", () => {
  const config = slotConfig(options);
  assert.ok(config.includes('"dm-mod.create=root,,,ro,0 80 verity 1 PARTUUID=$root_uuid PARTUUID=$root_uuid 4096'));
  assert.ok(config.includes(' sha256 aa bb$on_corruption" dm-mod.waitfor=PARTUUID=$root_uuid '));
  assert.match(config, / console=tty0 console=ttyS0,115200 /u);
});

test("nothing on the ESP adds kernel arguments to a release", () => {
  assert.doesNotMatch(slotConfig(options), /development|extra/u);
  assert.match(slotConfig({ ...options, development: true }), /source "\$prefix\/development\.cfg"/u);
});
