import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { writeBundle } from "../../../image/bundle.ts";
import { run } from "../../../image/command.ts";
import { buildKeys } from "../../../image/keys.ts";
import { verifiedSize } from "../../../image/verity.ts";
import { placeOf, readFromDisk } from "../../rig/disk-file.ts";
import { waitFor } from "../../rig/wait.ts";
import type { Device } from "./device.ts";

/** A slot, in RAUC's words. */
export type Slot = "A" | "B";

const MIB = 1024 * 1024;

/** Makes a bundle that holds what is in a disk's slot A, under another version, signed with the development keys. */
export async function bundleOf(disk: string, board: string, version: string, path: string): Promise<void> {
  const part = (name: string) => `${path}.${name}`;
  const slot = { boot: part("boot"), root: part("root") };
  const config = part("cfg");
  try {
    await readFromDisk(disk, "boot-a", "slot.cfg", config);
    const blocks = / verity 1 \S+ \S+ 4096 4096 ([0-9]+) /u.exec(readFileSync(config, "utf8"))?.[1];
    assert.ok(blocks !== undefined, "slot.cfg has no verity table");
    await cut(disk, "boot-a", placeOf("boot-a").size, slot.boot);
    await cut(disk, "root-a", verifiedSize(Number(blocks)), slot.root);
    await writeBundle(path, { slot, board, version, keys: await buildKeys() });
  } finally {
    for (const file of [slot.boot, slot.root, config]) rmSync(file, { force: true });
  }
}

async function cut(disk: string, label: string, size: number, target: string): Promise<void> {
  const skip = placeOf(label).offset / MIB;
  const bytes = ["iflag=count_bytes", `count=${size}`, "conv=sparse", "status=none"];
  await run(["dd", `if=${disk}`, `of=${target}`, "bs=1M", `skip=${skip}`, ...bytes]);
}

/** Flips every bit of a byte in a partition of a disk that no machine is using; done again, it is whole again. */
export function flip(disk: string, label: string, offset: number): void {
  const file = openSync(disk, "r+");
  try {
    const place = placeOf(label).offset + offset;
    const byte = new Uint8Array(1);
    assert.equal(readSync(file, byte, 0, 1, place), 1);
    writeSync(
      file,
      byte.map((value) => value ^ 0xff),
      0,
      1,
      place,
    );
  } finally {
    closeSync(file);
  }
}

/** Lets the device fetch a file from this host, and gives its path there. The device's own run time is its HTTP client. */
export async function send(device: Device, path: string, name: string): Promise<string> {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(Bun.file(path)) });
  try {
    const target = join("/data", name);
    const script = `await Bun.write("${target}", await fetch("http://10.0.2.2:${server.port}/"))`;
    await device.shell(`BUN_BE_BUN=1 berth -e '${script}'`, 240_000);
    return target;
  } finally {
    await server.stop(true);
  }
}

/** What RAUC says of the device's slots. */
export interface SlotStates {
  readonly booted: string;
  /** The slot that the next boot would try first, if there is one. */
  readonly primary: string | undefined;
  /** `good` or `bad`, by slot. */
  readonly states: Readonly<Record<Slot, string | undefined>>;
}

/** Asks `rauc status`. */
export async function slotStates(device: Device): Promise<SlotStates> {
  const shown = await device.shell("rauc status --output-format=shell");
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, "mu").exec(shown)?.[1]?.replaceAll("'", "");
  const names = (value("RAUC_SYSTEM_SLOTS") ?? value("RAUC_SLOTS") ?? "").split(" ").filter(Boolean);
  const states: Record<Slot, string | undefined> = { A: undefined, B: undefined };
  for (const index of names.keys()) {
    const slot = value(`RAUC_SLOT_BOOTNAME_${index + 1}`);
    if (slot === "A" || slot === "B") states[slot] = value(`RAUC_SLOT_BOOT_STATUS_${index + 1}`);
  }
  return { booted: value("RAUC_SYSTEM_BOOTED_BOOTNAME") ?? "", primary: value("RAUC_BOOT_PRIMARY"), states };
}

/** Waits until the slot that runs has been marked as good, and gives what RAUC says then. */
export async function slotGood(device: Device, slot: Slot): Promise<SlotStates> {
  const unit = "berth-slot-good.service";
  await waitFor(`${unit} to be done`, 180_000, async () => {
    return (await device.shell(`systemctl show --value --property=SubState ${unit}`)) === "exited";
  });
  const found = await slotStates(device);
  assert.equal(found.booted, slot);
  assert.equal(found.states[slot], "good");
  return found;
}
