import { renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import type { Base } from "./base/base.ts";
import { run } from "./command.ts";
import { writeEsp } from "./esp.ts";
import { writeFat } from "./fat.ts";
import { type PlacedPartition, partitionsFor, placePartitions, sfdiskScript } from "./partitions.ts";
import type { SlotImages } from "./slot.ts";

/** What a disk is made from. */
export interface DiskParts {
  readonly base: Base;
  /** Goes into slot A. */
  readonly slot: SlotImages;
  /** RFC 3339. */
  readonly date: string;
}

/** Writes the disk image: partition table, boot loader, slot A, and the empty file systems. Sparse. */
export async function writeDisk(path: string, parts: DiskParts): Promise<void> {
  const partial = `${path}.partial`;
  const layout = placePartitions(partitionsFor(parts.base.arch));
  rmSync(partial, { force: true });
  writeFileSync(partial, "");
  truncateSync(partial, layout.size);
  await run(["sfdisk", "--quiet", partial], { input: sfdiskScript(layout) });
  for (const partition of layout.partitions) await fill(partial, partition, parts);
  renameSync(partial, path);
}

async function fill(disk: string, partition: PlacedPartition, { base, slot, date }: DiskParts): Promise<void> {
  const { content, size, label } = partition;
  // Made in a file of its own, since not every mkfs can write at an offset; no loop device is needed.
  const image = `${disk}.${label}`;
  try {
    switch (content.kind) {
      case "empty":
        return;
      case "boot":
        return await copyInto(disk, partition, slot.boot);
      case "root":
        return await copyInto(disk, partition, slot.root);
      case "esp":
        await writeEsp(image, size, base, date);
        break;
      case "fat":
        await writeFat(image, { label: content.label, size, date: new Date(date), files: {} });
        break;
      case "ext4":
        rmSync(image, { force: true });
        writeFileSync(image, "");
        truncateSync(image, size);
        await run(mkfsExt4(content.label, image));
        break;
    }
    await copyInto(disk, partition, image);
  } finally {
    rmSync(image, { force: true });
  }
}

function mkfsExt4(label: string, image: string): string[] {
  // Chosen for the size it grows to, not for the size it starts with (where mke2fs would take
  // 1 KiB blocks and a 4 MiB journal, which stay for life).
  const options = ["-T", "default", "-b", "4096", "-i", "16384", "-J", "size=64", "-m", "1"];
  return ["mkfs.ext4", "-q", "-F", "-L", label, ...options, image];
}

async function copyInto(disk: string, partition: PlacedPartition, image: string): Promise<void> {
  const taken = Bun.file(image).size;
  if (taken > partition.size)
    throw new Error(`${partition.label}: its content (${taken} B) exceeds ${partition.size} B`);
  const seek = partition.offset / (1024 * 1024);
  const place = ["bs=1M", `seek=${seek}`, "conv=notrunc,sparse", "status=none"];
  await run(["dd", `if=${image}`, `of=${disk}`, ...place]);
}
