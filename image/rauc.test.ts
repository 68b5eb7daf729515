import assert from "node:assert/strict";
import { test } from "node:test";
import { raucManifest, raucSystemConfig } from "./rauc.ts";

test("a bundle's kind is the device's", () => {
  const kind = /^compatible=(.*)$/mu;
  const device = kind.exec(raucSystemConfig("arm64-uefi"))?.[1];
  assert.equal(device, "berth-arm64-uefi");
  assert.equal(kind.exec(raucManifest("arm64-uefi", "1.2.3"))?.[1], device);
  assert.match(raucManifest("arm64-uefi", "1.2.3"), /^version=1\.2\.3$/mu);
});

test("each slot is a root with a boot partition of its own", () => {
  const config = raucSystemConfig("x86_64-uefi");
  for (const [index, letter] of [
    [0, "a"],
    [1, "b"],
  ] as const) {
    const device = (part: string) => `device=/dev/disk/by-partlabel/${part}-${letter}\ntype=raw\n`;
    assert.ok(config.includes(`[slot.rootfs.${index}]\n${device("root")}bootname=${letter.toUpperCase()}\n`));
    assert.ok(config.includes(`[slot.boot.${index}]\n${device("boot")}parent=rootfs.${index}\n`));
  }
});

test("only bundles whose every block is verified while it is read are taken", () => {
  assert.match(raucSystemConfig("x86_64-uefi"), /^bundle-formats=verity$/mu);
  assert.match(raucManifest("x86_64-uefi", "1"), /^\[bundle\]\nformat=verity$/mu);
});
