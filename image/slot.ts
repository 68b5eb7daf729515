import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Base } from "./base/base.ts";
import type { Board } from "./board.ts";
import { packRoot } from "./erofs.ts";
import { writeFat } from "./fat.ts";
import { buildInitrd } from "./initrd/initrd.ts";
import { partitionOf, partitionsFor, placePartitions } from "./partitions.ts";
import { slotConfig } from "./slot-config.ts";
import { appendHashTree } from "./verity.ts";

/** A slot's two images: what goes onto its partitions, by the disk image or by an update. */
export interface SlotImages {
  /** FAT: `vmlinuz`, `initrd.img` where the kernel wants one, and `slot.cfg`, which holds the root hash. */
  readonly boot: string;
  /** EROFS with its dm-verity hash tree behind it. */
  readonly root: string;
}

/** What a slot is made from. */
export interface SlotParts {
  readonly base: Base;
  readonly board: Board;
  /** The staged root file system. */
  readonly tree: string;
  /** RFC 3339; every file gets it. */
  readonly date: string;
  readonly development: boolean;
}

/** Writes a slot's images into a folder; the same parts give the same images. */
export async function writeSlot(folder: string, parts: SlotParts): Promise<SlotImages> {
  const { base, board, tree, date, development } = parts;
  mkdirSync(folder, { recursive: true });
  const images: SlotImages = { boot: join(folder, "boot.img"), root: join(folder, "root.img") };
  await packRoot(base, tree, date, images.root);
  const verity = await appendHashTree(images.root);
  const initrd = base.initrd === undefined ? undefined : await buildInitrd(base.tree, base.initrd);
  const { consoles } = board;
  const config = slotConfig({ verity, initrd: initrd !== undefined, consoles, development });
  await writeFat(images.boot, {
    label: "BOOT",
    size: partitionOf(placePartitions(partitionsFor(base.arch)), "boot-a").size,
    date: new Date(date),
    files: {
      vmlinuz: base.kernel,
      ...(initrd === undefined ? {} : { "initrd.img": initrd }),
      "slot.cfg": Buffer.from(config),
    },
  });
  return images;
}
