import { ARCHITECTURES, type Architecture } from "./architecture.ts";

/** What a partition holds when the disk is composed. */
export type PartitionContent =
  /** Nothing yet: the place is kept. */
  | { readonly kind: "empty" }
  /** The boot loader and its environment. */
  | { readonly kind: "esp" }
  /** A slot's kernel, initrd and `slot.cfg`. */
  | { readonly kind: "boot" }
  /** A slot's read-only root file system and its hash tree. */
  | { readonly kind: "root" }
  | { readonly kind: "fat"; readonly label: string }
  | { readonly kind: "ext4"; readonly label: string };

/** A partition of the disk. */
export interface Partition {
  /** The GPT name, under which everything finds it (`PARTLABEL=`). */
  readonly label: string;
  /** The GPT type: sfdisk's alias or a UUID. */
  readonly type: string;
  /** In bytes. */
  readonly size: number;
  readonly content: PartitionContent;
}

const MIB = 1024 * 1024;
const EXTENDED_BOOT = "BC13C2FF-59E6-4262-A352-B275FD6F7172";
const BASIC_DATA = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7";

/**
 * The one layout of all boards. Slot B is empty until the first update. `grub.cfg` knows the slots' partitions by their
 * numbers, so none may move. `data` comes last so that it can grow, and is the only partition of its type so that
 * systemd-repart finds it.
 */
export function partitionsFor(architecture: Architecture): Partition[] {
  const boot = { type: EXTENDED_BOOT, size: 64 * MIB };
  const root = { type: ARCHITECTURES[architecture].gptRoot, size: 1024 * MIB };
  return [
    { label: "esp", type: "uefi", size: 64 * MIB, content: { kind: "esp" } },
    { label: "boot-a", ...boot, content: { kind: "boot" } },
    { label: "root-a", ...root, content: { kind: "root" } },
    { label: "boot-b", ...boot, content: { kind: "empty" } },
    { label: "root-b", ...root, content: { kind: "empty" } },
    { label: "CONFIG", type: BASIC_DATA, size: 16 * MIB, content: { kind: "fat", label: "CONFIG" } },
    { label: "data", type: "linux", size: 256 * MIB, content: { kind: "ext4", label: "data" } },
  ];
}

/** A partition with its place on the disk, in bytes. */
export interface PlacedPartition extends Partition {
  readonly offset: number;
}

/** A whole disk: its size and where each partition lies. */
export interface DiskLayout {
  readonly size: number;
  readonly partitions: readonly PlacedPartition[];
}

/** Places partitions one after the other, each on a MiB, with room for both copies of the GPT. */
export function placePartitions(partitions: readonly Partition[]): DiskLayout {
  let offset = MIB;
  const placed = partitions.map((partition) => {
    if (partition.size % MIB !== 0) throw new Error(`${partition.label}: its size is not in whole MiB`);
    const place = { ...partition, offset };
    offset += partition.size;
    return place;
  });
  return { size: offset + MIB, partitions: placed };
}

/** The partition of that name. */
export function partitionOf(layout: DiskLayout, label: string): PlacedPartition {
  const found = layout.partitions.find((partition) => partition.label === label);
  if (found === undefined) throw new Error(`the disk has no partition ${label}`);
  return found;
}

const SECTOR = 512;

/** The layout in sfdisk's words. */
export function sfdiskScript(layout: DiskLayout): string {
  const lines = layout.partitions.map(({ label, type, size, offset }) =>
    [`start=${offset / SECTOR}`, `size=${size / SECTOR}`, `type=${type}`, `name="${label}"`].join(", "),
  );
  return `label: gpt\nunit: sectors\n\n${lines.join("\n")}\n`;
}
