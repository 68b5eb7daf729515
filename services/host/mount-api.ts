import { dlopen, read } from "bun:ffi";
import { closeSync, readSync } from "node:fs";
import { getSystemErrorName } from "node:util";

/** A setting of a file system: a flag by its name, or a name and its value. */
export type MountSetting = string | readonly [name: string, value: string];

/** The newer way to mount, which takes any number of settings where mount(2) takes one page of text. */
export interface MountApi {
  /**
   * Mounts a file system nowhere and gives a descriptor of its root: it is reached below /proc/self/fd/N, and is gone
   * when the descriptor is closed. Never with devices, and setuid programs count only with `setuid`. Throws an error with
   * the kernel's own words.
   */
  mountDetached(
    type: string,
    settings: readonly MountSetting[],
    options: { readOnly: boolean; setuid?: boolean },
  ): number;
  /** Puts what {@link mountDetached} made at a path; the descriptor may be closed then. */
  attach(root: number, target: string): void;
}

/** From linux/mount.h and fcntl.h; the same on every architecture. */
const FSOPEN_CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const FSMOUNT_CLOEXEC = 1;
const MOUNT_ATTR = { readOnly: 1, noSuid: 2, noDev: 4 } as const;
const AT_FDCWD = -100;
const MOVE_MOUNT_F_EMPTY_PATH = 4;

/** Opens the C library (glibc from 2.36 has these calls). Source: fsopen(2), fsconfig(2), fsmount(2), move_mount(2). */
export function openMountApi(): MountApi {
  const { symbols } = dlopen("libc.so.6", {
    fsopen: { args: ["buffer", "u32"], returns: "i32" },
    fsconfig: { args: ["i32", "u32", "ptr", "ptr", "i32"], returns: "i32" },
    fsmount: { args: ["i32", "u32", "u32"], returns: "i32" },
    move_mount: { args: ["i32", "buffer", "i32", "buffer", "u32"], returns: "i32" },
    __errno_location: { args: [], returns: "ptr" },
  });
  const failed = (call: string, said: string) => {
    const location = symbols.__errno_location();
    const number = location === null ? 0 : read.i32(location);
    return new Error(`${call}: ${number > 0 ? getSystemErrorName(-number) : "failed"}${said}`);
  };
  return {
    mountDetached(type, settings, { readOnly, setuid = false }) {
      const context = symbols.fsopen(text(type), FSOPEN_CLOEXEC);
      if (context < 0) throw failed(`fsopen ${type}`, "");
      const check = (result: number, call: string) => {
        if (result >= 0) return result;
        const error = failed(call, "");
        throw new Error(`${error.message}${messages(context)}`);
      };
      try {
        for (const setting of settings) {
          const [name, value] = typeof setting === "string" ? [setting, null] : [setting[0], text(setting[1])];
          const command = value === null ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
          check(symbols.fsconfig(context, command, text(name), value, 0), `fsconfig ${type} ${name}`);
        }
        check(symbols.fsconfig(context, FSCONFIG_CMD_CREATE, null, null, 0), `fsconfig ${type}`);
        const attributes = MOUNT_ATTR.noDev | (setuid ? 0 : MOUNT_ATTR.noSuid) | (readOnly ? MOUNT_ATTR.readOnly : 0);
        return check(symbols.fsmount(context, FSMOUNT_CLOEXEC, attributes), `fsmount ${type}`);
      } finally {
        closeSync(context);
      }
    },
    attach(root, target) {
      const moved = symbols.move_mount(root, text(""), AT_FDCWD, text(target), MOVE_MOUNT_F_EMPTY_PATH);
      if (moved < 0) throw failed(`move_mount ${target}`, "");
    },
  };
}

/** What the kernel says of a failure; the next read fails when there is no more. */
function messages(context: number): string {
  const buffer = new Uint8Array(4096);
  let said = "";
  try {
    for (;;) said += `: ${new TextDecoder().decode(buffer.subarray(0, readSync(context, buffer))).trim()}`;
  } catch {
    return said;
  }
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}
