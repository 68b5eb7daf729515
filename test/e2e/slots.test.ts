import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { writeToDisk } from "../rig/disk-file.ts";
import { waitFor } from "../rig/wait.ts";
import { sealedCases } from "./cases/sealed.ts";
import { boot, prepared } from "./support/boot.ts";
import type { Device } from "./support/device.ts";
import { idler } from "./support/manifests.ts";
import { bundleOf, flip, send, slotGood, slotStates } from "./support/slots.ts";

/** Firmware, boot loader, verified root and the two slots: one machine, each test going on from the one before. */

const from = await prepared();
let booted: Device | undefined;

function device(): Device {
  if (booted === undefined) throw new Error("The appliance did not boot");
  return booted;
}

/**
 * The first byte of a root file system. EROFS has no use for it, so whoever does not check hashes reads past it; it is in
 * the first block that every boot reads.
 */
const UNUSED_BYTE = 0;
const DAMAGED = /verity.* block 0 is corrupted/u;

before(async () => {
  booted = await boot(from, { name: "e2e-slots", device: "slots", offline: true });
});

after(async () => {
  await booted?.appliance.stop();
});

sealedCases(device);

describe("slots", () => {
  let machineId = "";

  test("firmware, boot loader and kernel lead to slot A, and RAUC says so", async () => {
    const { states, primary } = await slotGood(device(), "A");
    assert.equal(states.B, "bad");
    assert.equal(primary, "rootfs.0");
    assert.match(await device().shell("cat /proc/cmdline"), / rauc\.slot=A( |$)/u);
    await device().shell("test -d /sys/firmware/efi");
    assert.equal(await device().shell("cat /sys/block/dm-0/dm/name"), "root");
    machineId = await device().shell("cat /etc/machine-id");
    assert.match(machineId, /^[0-9a-f]{32}$/u);
  });

  test("without another slot, a device whose root is damaged serves nothing, and tries again", async () => {
    const { appliance } = device();
    const { machine } = appliance;
    await device().apply(idler("keeper", { restart: { policy: "always" } }));
    await machine.shutdown();
    flip(machine.disk, "root-a", UNUSED_BYTE);
    const shown = machine.console.lines().length;
    const { boots } = machine;
    await machine.boot();
    await machine.waitForConsole(DAMAGED, 180_000, shown);
    await waitFor("The next try", 120_000, () => machine.boots > boots + 1);
    assert.ok(
      !machine.console
        .lines()
        .slice(shown)
        .some((line) => /^Berth [0-9]/u.test(line)),
    );
    await assert.rejects(appliance.lanReady(1_000));
    await machine.powerCut();
    flip(machine.disk, "root-a", UNUSED_BYTE);
  });

  test("without the boot loader's environment it boots, and writes a new one", async () => {
    const { appliance } = device();
    const { machine } = appliance;
    await writeToDisk(machine.disk, "esp", "EFI/BOOT/grubenv", new Uint8Array(1024));
    await machine.boot();
    await appliance.lanReady();
    const { states } = await slotGood(device(), "A");
    assert.equal(states.B, "bad");
    const environment = await device().shell("grub-editenv /efi/EFI/BOOT/grubenv list");
    const expected = ["ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=0", "B_TRY=0", `machine_id=${machineId}`];
    assert.deepEqual(environment.split("\n").sort(), expected.sort());
    assert.match(await device().shell("journalctl -u berth-slot-good"), /environment is damaged: writing it anew/u);
  });

  test("an update is installed into slot B, which is to boot next", async () => {
    const { appliance } = device();
    const path = join(appliance.folder, "update.raucb");
    const { board } = await device().lan.call("getDevice");
    await bundleOf(from.image.disk, board, "7.0.0-test", path);
    const bundle = await send(device(), path, "update.raucb");
    await device().shell(`rauc install ${bundle} && rm ${bundle}`, 280_000);
    assert.equal((await slotStates(device())).primary, "rootfs.1");
  });

  test("the next boot starts slot B, with all of /data and the same identity", async () => {
    const { appliance } = device();
    const { machine } = appliance;
    await machine.reboot();
    await appliance.lanReady();
    const { states, primary } = await slotGood(device(), "B");
    assert.deepEqual([states.A, states.B, primary], ["good", "good", "rootfs.1"]);
    assert.match(await device().shell("rauc status --detailed"), /7\.0\.0-test/u);
    assert.match(await device().shell("cat /proc/cmdline"), / panic_on_corruption".* rauc\.slot=B( |$)/u);
    assert.equal(await device().shell("cat /etc/machine-id"), machineId);
    await device().phase("keeper", "running");
    // The journal tells of the boot before.
    assert.match(await device().shell("journalctl --boot=-1 -u berth-supervisor --lines=3"), /berth/u);
  });

  test("one flipped byte in the active root is caught, and the device comes up from the other slot", async () => {
    const { appliance } = device();
    const { machine } = appliance;
    await machine.shutdown();
    flip(machine.disk, "root-b", UNUSED_BYTE);
    const shown = machine.console.lines().length;
    await machine.boot();
    await machine.waitForConsole(DAMAGED, 180_000, shown);
    await appliance.lanReady(290_000);
    await machine.ready();
    const { states, primary } = await slotGood(device(), "A");
    assert.deepEqual([states.A, states.B, primary], ["good", "bad", "rootfs.0"]);
    assert.equal(
      machine.console
        .lines()
        .slice(shown)
        .filter((line) => /^Berth: slot B$/u.test(line.trim())).length,
      3,
    );
    await device().phase("keeper", "running");
  });
});
