import { dlopen, read } from "bun:ffi";
import { getSystemErrorName } from "node:util";

/** System calls JavaScript has no function for; a process started for each would cost many times the call itself. */
export interface Libc {
  /** mount(2); `flags` of {@link MOUNT_FLAGS}, `data` the file system's own options. */
  mount(source: string, target: string, type: string, flags: number, data: string): void;
  /** umount2(2) without flags. */
  unmount(target: string): void;
  /** mkfifo(3). */
  makeFifo(path: string, mode: number): void;
}

/** mount(2), from sys/mount.h. */
export const MOUNT_FLAGS = { readOnly: 1, noSuid: 2, noDev: 4 } as const;

/** Opens the C library. */
export function openLibc(): Libc {
  const { symbols } = dlopen("libc.so.6", {
    mount: { args: ["buffer", "buffer", "buffer", "u64", "buffer"], returns: "i32" },
    umount2: { args: ["buffer", "i32"], returns: "i32" },
    mkfifo: { args: ["buffer", "u32"], returns: "i32" },
    __errno_location: { args: [], returns: "ptr" },
  });
  const check = (result: number, call: string, path: string) => {
    if (result === 0) return;
    const location = symbols.__errno_location();
    const number = location === null ? 0 : read.i32(location);
    throw new Error(`${call} ${path}: ${number > 0 ? getSystemErrorName(-number) : "failed"}`);
  };
  return {
    mount: (source, target, type, flags, data) =>
      check(symbols.mount(text(source), text(target), text(type), flags, text(data)), "mount", target),
    unmount: (target) => check(symbols.umount2(text(target), 0), "umount", target),
    makeFifo: (path, mode) => check(symbols.mkfifo(text(path), mode), "mkfifo", path),
  };
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}
