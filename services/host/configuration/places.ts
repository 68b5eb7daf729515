/** Where a first-boot configuration can be, the one that wins first. */
export const PLACES = [
  { source: "drive", name: "the drive BERTHCONFIG", device: "/dev/disk/by-label/BERTHCONFIG" },
  { source: "partition", name: "the partition CONFIG", device: "/dev/disk/by-partlabel/CONFIG" },
] as const;

export type Place = (typeof PLACES)[number];

/** The configuration's file name in the place's top folder. */
export const FILE_NAME = "berth.yaml";
