import { type Verity, verityTable } from "./verity.ts";

/** What a slot's `slot.cfg` is made from. */
export interface SlotOptions {
  readonly verity: Verity;
  /** Whether the boot partition has an `initrd.img`. */
  readonly initrd: boolean;
  /** The board's consoles, as after `console=`; the last is `/dev/console`. */
  readonly consoles: readonly string[];
  /** Whether `development.cfg` on the ESP may add kernel arguments. */
  readonly development: boolean;
}

/**
 * `fsck.repair`: nobody is there to answer. `gpt_auto=0`: fstab says it all. `panic`: restart rather than stand still.
 */
const ARGUMENTS = [
  "root=/dev/dm-0",
  "rootfstype=erofs",
  "ro",
  "fsck.repair=yes",
  "systemd.gpt_auto=0",
  "systemd.firstboot=off",
  "quiet",
  "loglevel=4",
  "panic=5",
];

/**
 * GRUB's commands that load a slot. They lie beside the kernel, so an update brings kernel, arguments and the root hash
 * as one. Before it sources them `grub.cfg` sets `root` to the slot's boot partition, `root_uuid` to its root partition's
 * PARTUUID, and `slot`, `identity` and `on_corruption`. Source: Documentation/admin-guide/device-mapper/dm-init.rst.
 */
export function slotConfig({ verity, initrd, consoles, development }: SlotOptions): string {
  const partition = "PARTUUID=$root_uuid";
  const table = `dm-mod.create=root,,,ro,${verityTable(verity, partition)}$on_corruption`;
  const consoleArguments = consoles.map((console) => `console=${console}`);
  const words = [
    "linux /vmlinuz",
    `"${table}"`,
    `dm-mod.waitfor=${partition}`,
    ...ARGUMENTS,
    ...consoleArguments,
    "rauc.slot=$slot",
    "$identity",
    ...(development ? ["$extra"] : []),
  ];
  const lines = ["# Written with the slot's images: the root hash binds this kernel to its root file system."];
  if (development) {
    lines.push("# A development image only: whoever writes the ESP may add kernel arguments.");
    lines.push('set extra=""');
    lines.push('if [ -f "$prefix/development.cfg" ]; then source "$prefix/development.cfg"; fi');
  }
  const load = words.join(" ");
  // The last command's success is the file's.
  lines.push(initrd ? `if ${load}; then initrd /initrd.img; else false; fi` : load);
  return `${lines.join("\n")}\n`;
}
