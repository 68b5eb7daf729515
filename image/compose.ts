import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Base } from "./base/base.ts";
import { readBoard } from "./board.ts";
import { fileDigest, textDigest, treeDigest } from "./digest.ts";
import { writeDisk } from "./disk.ts";
import { buildGuest, guestPlaces } from "./guest/guest.ts";
import type { Keys } from "./keys.ts";
import { BUILD, PROJECT } from "./paths.ts";
import type { Progress } from "./progress.ts";
import { raucSystemConfig } from "./rauc.ts";
import type { Release } from "./release.ts";
import { type SlotImages, writeSlot } from "./slot.ts";
import { stageTree } from "./tree.ts";

/** A composed image: what a machine boots, and what an update carries. */
export interface ComposedImage {
  /** The whole disk, sparse. */
  readonly disk: string;
  /** What is in its slot A. */
  readonly slot: SlotImages;
}

const ROOTFS = join(import.meta.dir, "rootfs");
const ROOTFS_DEVELOPMENT = join(import.meta.dir, "rootfs-dev");

/** What is decided about an image when it is composed. */
export interface ComposeOptions {
  /** A root shell on its console, and more that no product may have. */
  readonly development: boolean;
  /** The device takes bundles that are signed with these. */
  readonly keys: Pick<Keys, "ca">;
}

/** Composes the image from a base, the overlays and the executable; skipped when nothing changed. */
export async function compose(
  base: Base,
  executable: string,
  release: Release,
  progress: Progress,
  { development, keys }: ComposeOptions,
): Promise<ComposedImage> {
  const folder = join(BUILD, "image", `${base.name}-${base.board}${development ? "" : "-release"}`);
  const image: ComposedImage = {
    disk: join(folder, "disk.img"),
    slot: { boot: join(folder, "boot.img"), root: join(folder, "root.img") },
  };
  const key = textDigest(
    base.key,
    await fileDigest(executable),
    await fileDigest(keys.ca),
    JSON.stringify(release),
    // Overlays and every script of this folder.
    treeDigest(import.meta.dir, join(PROJECT, "board")),
  );
  const keyFile = join(folder, "key");
  if (existsSync(keyFile) && readFileSync(keyFile, "utf8") === key) {
    progress.skip("Disk image", "unchanged");
    return image;
  }
  mkdirSync(folder, { recursive: true });
  // Gone until all is written: an image that was half replaced is no image.
  rmSync(keyFile, { force: true });
  const stage = join(folder, "tree");
  const overlays = development ? [ROOTFS, ROOTFS_DEVELOPMENT] : [ROOTFS];
  const files = {
    "etc/rauc/system.conf": raucSystemConfig(base.board),
    "etc/rauc/keyring.pem": readFileSync(keys.ca, "utf8"),
  };
  const guest = await progress.step("Kernel and initramfs of guests", () => buildGuest(base));
  const copies = guestPlaces(guest);
  await progress.step("Root tree", () => stageTree(stage, { base, overlays, executable, release, files, copies }));
  const board = readBoard(base.board);
  const { date } = release;
  await progress.step("Slot: kernel, verified root", () =>
    writeSlot(folder, { base, board, tree: stage, date, development }),
  );
  rmSync(stage, { recursive: true, force: true });
  await progress.step("Disk image", () => writeDisk(image.disk, { base, slot: image.slot, date }));
  writeFileSync(`${keyFile}.partial`, key);
  renameSync(`${keyFile}.partial`, keyFile);
  return image;
}
