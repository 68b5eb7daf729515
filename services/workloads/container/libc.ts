import { dlopen, read } from "bun:ffi";
import { getSystemErrorName } from "node:util";

/** System calls JavaScript has no function for; a process started for each would cost many times the call itself. */
export interface Libc {
  /** mount(2); `flags` of {@link MOUNT_FLAGS}, `data` the file system's own options. */
  mount(source: string, target: string, type: string, flags: number, data: string): void;
  /** umount2(2) without flags. */
  unmount(target: string): void;
  /**
   * Opens what a path leads to below the directory `base`, without right to read it (O_PATH): openat2(2) with RESOLVE_BENEATH.
   * EXDEV when a link leads out of it. Gives a file descriptor.
   */
  openBeneath(base: number, path: string): number;
  /** mkfifo(3). */
  makeFifo(path: string, mode: number): void;
}

/** mount(2), from sys/mount.h. */
export const MOUNT_FLAGS = { readOnly: 1, noSuid: 2, noDev: 4, bind: 4096 } as const;

/** openat2's number, the same on every architecture since Linux 5.6; flags from asm-generic/fcntl.h and linux/openat2.h. */
const SYS_OPENAT2 = 437;
const [O_PATH, O_CLOEXEC] = [0o10000000n, 0o2000000n];
const [RESOLVE_NO_MAGICLINKS, RESOLVE_BENEATH] = [0x02n, 0x08n];

/** A system call that failed, with the name of its error (errno(3)). */
export class LibcError extends Error {
  readonly code: string;

  constructor(call: string, path: string, code: string) {
    super(`${call} ${path}: ${code}`);
    this.name = "LibcError";
    this.code = code;
  }
}

/** Opens the C library. */
export function openLibc(): Libc {
  const { symbols } = dlopen("libc.so.6", {
    mount: { args: ["buffer", "buffer", "buffer", "u64", "buffer"], returns: "i32" },
    umount2: { args: ["buffer", "i32"], returns: "i32" },
    syscall: { args: ["i32", "i32", "buffer", "buffer", "u64"], returns: "i32" },
    mkfifo: { args: ["buffer", "u32"], returns: "i32" },
    __errno_location: { args: [], returns: "ptr" },
  });
  const check = (result: number, call: string, path: string) => {
    if (result >= 0) return result;
    const location = symbols.__errno_location();
    const number = location === null ? 0 : read.i32(location);
    throw new LibcError(call, path, number > 0 ? getSystemErrorName(-number) : "failed");
  };
  return {
    mount: (source, target, type, flags, data) =>
      void check(symbols.mount(text(source), text(target), text(type), flags, text(data)), "mount", target),
    unmount: (target) => void check(symbols.umount2(text(target), 0), "umount", target),
    openBeneath: (base, path) => {
      const how = new BigUint64Array([O_PATH | O_CLOEXEC, 0n, RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH]);
      const opened = symbols.syscall(SYS_OPENAT2, base, text(path), new Uint8Array(how.buffer), how.byteLength);
      return check(opened, "openat2", path);
    },
    makeFifo: (path, mode) => void check(symbols.mkfifo(text(path), mode), "mkfifo", path),
  };
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}
