/** What a partition holds when the disk is composed. */
export type PartitionContent =
  /** Nothing yet: the place is kept. */
  | { readonly kind: "empty" }
  /** The read-only root file system. */
  | { readonly kind: "root" }
  | { readonly kind: "fat"; readonly label: string }
  | { readonly kind: "ext4"; readonly label: string };

/** A partition of the disk. */
export interface Partition {
  /** The GPT name, under which everything finds it (`PARTLABEL=`). */
  readonly label: string;
  /** The GPT type: sfdisk's alias or a UUID. */
  readonly type: string;
  readonly size: number;
  readonly content: PartitionContent;
}

const MIB = 1024 * 1024;
const ROOT_X86_64 = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709";
const BASIC_DATA = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7";

/**
 * The one layout of all boards. The boot partition and the second slot are places kept for UEFI and
 * updates. `data` comes last so that it can grow, and is the only partition of its type so that
 * systemd-repart finds it.
 */
export const PARTITIONS: readonly Partition[] = [
  { label: "esp", type: "uefi", size: 64 * MIB, content: { kind: "fat", label: "ESP" } },
  { label: "root-a", type: ROOT_X86_64, size: 1024 * MIB, content: { kind: "root" } },
  { label: "root-b", type: ROOT_X86_64, size: 1024 * MIB, content: { kind: "empty" } },
  { label: "CONFIG", type: BASIC_DATA, size: 16 * MIB, content: { kind: "fat", label: "CONFIG" } },
  { label: "data", type: "linux", size: 256 * MIB, content: { kind: "ext4", label: "data" } },
];

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

const SECTOR = 512;

/** The layout in sfdisk's words. */
export function sfdiskScript(layout: DiskLayout): string {
  const lines = layout.partitions.map(({ label, type, size, offset }) =>
    [`start=${offset / SECTOR}`, `size=${size / SECTOR}`, `type=${type}`, `name="${label}"`].join(", "),
  );
  return `label: gpt\nunit: sectors\n\n${lines.join("\n")}\n`;
}
