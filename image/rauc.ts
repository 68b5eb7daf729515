/** What tells devices of a kind from others: a bundle for another kind is refused. */
function compatible(board: string): string {
  return `berth-${board}`;
}

/**
 * RAUC's configuration on the device: two slots, each a root file system and the boot partition that goes with it.
 * Source: RAUC's manual, "System Configuration File".
 */
export function raucSystemConfig(board: string): string {
  return `# Generated with the image.
[system]
compatible=${compatible(board)}
bootloader=grub
grubenv=/efi/EFI/BOOT/grubenv
data-directory=/data/rauc
mountprefix=/run/rauc/mnt
# The payload of the others is read before it is known to be right.
bundle-formats=verity

[keyring]
path=/etc/rauc/keyring.pem

${slot(0, "A")}
${slot(1, "B")}`;
}

function slot(index: number, bootname: string): string {
  const device = (part: string) => `/dev/disk/by-partlabel/${part}-${bootname.toLowerCase()}`;
  return `[slot.rootfs.${index}]
device=${device("root")}
type=raw
bootname=${bootname}

[slot.boot.${index}]
device=${device("boot")}
type=raw
parent=rootfs.${index}
`;
}

/** A bundle's manifest. Source: RAUC's manual, "Manifest". */
export function raucManifest(board: string, version: string): string {
  return `[update]
compatible=${compatible(board)}
version=${version}

[bundle]
format=verity

[image.rootfs]
filename=root.img

[image.boot]
filename=boot.img
`;
}
