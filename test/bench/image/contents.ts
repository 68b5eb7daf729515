/** A file of a root file system. */
export interface RootFile {
  /** From the root, without a leading slash. */
  readonly path: string;
  /** In bytes, as it is read, not as it is packed. */
  readonly size: number;
}

/** What a root file system is made of, the first that fits a path. */
const CONTENTS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["berth", /^usr\/bin\/berth$/],
  ["kernel modules", /^(usr\/)?lib\/modules\//],
  ["firmware", /^(usr\/)?lib\/firmware\//],
  ["QEMU", /qemu|^usr\/(share|lib)\/(seabios|ipxe|OVMF|AAVMF)/i],
  ["systemd and udev", /systemd|udev|hwdb/],
  ["RAUC and its libraries", /rauc|grub|libglib|libgio|libgobject|libjson-glib/],
  ["containers: crun, nft, ip, EROFS", /\/(crun|nft|ip|bridge|mkfs\.erofs|fsck\.erofs)$|libnftables|liberofs|libyajl/],
  ["time zones, locales", /^usr\/(share\/(zoneinfo|i18n|locale)|lib\/locale)\//],
  ["certificates", /ca-certificates|^etc\/ssl\//],
];

const REST = "C library and the rest";

/** Bytes by content, largest first. */
export function sizesByContent(files: readonly RootFile[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { path, size } of files) {
    const name = CONTENTS.find(([, pattern]) => pattern.test(path))?.[0] ?? REST;
    sizes.set(name, (sizes.get(name) ?? 0) + size);
  }
  return new Map([...sizes].sort(([, a], [, b]) => b - a));
}
