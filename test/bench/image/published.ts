/** What others say of the size of theirs. None was measured here, and each counts something a little different. */
export interface PublishedSize {
  readonly name: string;
  /** In MB. */
  readonly size: number;
  readonly what: string;
  readonly source: string;
}

const MIB = 1.048576;

/** One slot of each peer, or the nearest to it that is published. */
export const PUBLISHED: readonly PublishedSize[] = [
  {
    name: "Home Assistant OS",
    size: (256 + 24) * MIB,
    what: "a slot: 256 MiB of root and 24 MiB of kernel",
    source: "home-assistant/operating-system, buildroot-external/scripts/hdd-image.sh",
  },
  {
    name: "Talos Linux",
    size: 100,
    what: "less than 100 MB of disk",
    source: "Talos documentation v1.14, system requirements",
  },
  {
    name: "EVE",
    size: 290,
    what: "the most its root file system may have",
    source: "lf-edge/eve, Makefile, the check of rootfs.img",
  },
  {
    name: "balenaOS",
    size: 700 * MIB,
    what: "the most the whole system may take, two root file systems with it",
    source: "balena-os/meta-balena, balena-image.bb",
  },
];
