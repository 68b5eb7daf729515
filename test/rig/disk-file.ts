import { rmSync, writeFileSync } from "node:fs";
import { run } from "../../image/command.ts";
import { type PlacedPartition, partitionOf, partitionsFor, placePartitions } from "../../image/partitions.ts";

/** Where a partition lies on a disk; the same on all architectures. */
export function placeOf(label: string): PlacedPartition {
  return partitionOf(placePartitions(partitionsFor("x86_64")), label);
}

/** Copies a file from one of a raw disk image's FAT partitions. */
export async function readFromDisk(disk: string, label: string, path: string, target: string): Promise<void> {
  await run(["mcopy", "-n", "-i", place(disk, label), `::${path}`, target]);
}

/** Writes a file to one of a raw disk image's FAT partitions. */
export async function writeToDisk(
  disk: string,
  label: string,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  const source = `${disk}.file`;
  try {
    writeFileSync(source, content);
    await run(["mcopy", "-o", "-i", place(disk, label), source, `::${path}`]);
  } finally {
    rmSync(source, { force: true });
  }
}

/** A partition of a disk image in mtools' words: the file, and where in it. */
function place(disk: string, label: string): string {
  return `${disk}@@${placeOf(label).offset}`;
}
