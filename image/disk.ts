import { renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { run } from "./command.ts";
import { PARTITIONS, type PlacedPartition, placePartitions, sfdiskScript } from "./partitions.ts";

/** Writes the disk image: partition table, root file system, and the empty file systems. Sparse. */
export async function writeDisk(path: string, rootImage: string): Promise<void> {
  const partial = `${path}.partial`;
  const layout = placePartitions(PARTITIONS);
  writeFileSync(partial, "");
  truncateSync(partial, layout.size);
  await run(["sfdisk", "--quiet", partial], { input: sfdiskScript(layout) });
  for (const partition of layout.partitions) await fill(partial, partition, rootImage);
  renameSync(partial, path);
}

async function fill(disk: string, partition: PlacedPartition, rootImage: string): Promise<void> {
  const { content, label, size } = partition;
  if (content.kind === "empty") return;
  if (content.kind === "root") {
    const taken = Bun.file(rootImage).size;
    if (taken > size) throw new Error(`${label}: the root file system (${taken} B) exceeds ${size} B`);
    await copyInto(disk, partition, rootImage);
    return;
  }
  // Made in a file of its own, since not every mkfs can write at an offset; no loop device is needed.
  const image = `${disk}.${label}`;
  try {
    writeFileSync(image, "");
    truncateSync(image, size);
    await run(content.kind === "fat" ? mkfsFat(content.label, image) : mkfsExt4(content.label, image));
    await copyInto(disk, partition, image);
  } finally {
    rmSync(image, { force: true });
  }
}

function mkfsFat(label: string, image: string): string[] {
  return ["mkfs.vfat", "-n", label, image];
}

function mkfsExt4(label: string, image: string): string[] {
  // Chosen for the size it grows to, not for the size it starts with (where mke2fs would take
  // 1 KiB blocks and a 4 MiB journal, which stay for life).
  const options = ["-T", "default", "-b", "4096", "-i", "16384", "-J", "size=64", "-m", "1"];
  return ["mkfs.ext4", "-q", "-F", "-L", label, ...options, image];
}

async function copyInto(disk: string, partition: PlacedPartition, image: string): Promise<void> {
  const seek = partition.offset / (1024 * 1024);
  const place = ["bs=1M", `seek=${seek}`, "conv=notrunc,sparse", "status=none"];
  await run(["dd", `if=${image}`, `of=${disk}`, ...place]);
}
