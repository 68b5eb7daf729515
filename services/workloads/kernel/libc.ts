import { dlopen, read } from "bun:ffi";
import { closeSync } from "node:fs";
import { getSystemErrorName } from "node:util";
import { openMountApi } from "../../host/mount-api.ts";

/** System calls JavaScript has no function for; a process started for each would cost many times the call itself. */
export interface Libc {
  /** mount(2); `flags` of {@link MOUNT_FLAGS}, `data` the file system's own options. */
  mount(source: string, target: string, type: string, flags: number, data: string): void;
  /**
   * Opens what a path leads to below the directory `base`, without right to read it (O_PATH): openat2(2) with RESOLVE_BENEATH.
   * EXDEV when a link leads out of it. Gives a file descriptor.
   */
  openBeneath(base: number, path: string): number;
  /**
   * Mounts what is mounted at `source` once more at `target`, with the owners a user namespace makes of its own
   * (open_tree(2), mount_setattr(2) with MOUNT_ATTR_IDMAP, move_mount(2)). EINVAL where the file system cannot.
   *
   * @param userNamespace a descriptor of it
   */
  mountIdmapped(source: string, target: string, userNamespace: number): void;
  /**
   * Mounts directories over one another, read-only, `lower` from the topmost on: as many as overlayfs takes, which is 500
   * (overlayfs.rst). Setuid programs count only with `setuid`.
   */
  openOverlay(lower: readonly string[], options: { readonly setuid: boolean }): DetachedMount;
  /** Mounts the same at `target`. */
  mountOverlay(target: string, lower: readonly string[], options: { readonly setuid: boolean }): void;
  /** umount2(2): `detach` with all that is mounted below it, also while something of it is open (MNT_DETACH). */
  unmount(target: string, how?: "detach"): void;
  /** mkfifo(3). */
  makeFifo(path: string, mode: number): void;
}

/**
 * What is mounted nowhere yet: nobody who watches the device's mounts hears of it, systemd least of all, which makes a unit of
 * each.
 */
interface DetachedMount {
  /** Where it is seen by this process, until it is closed. */
  readonly path: string;
  /** Mounts it at a path. */
  attach(target: string): void;
  /** Lets go of it: where it was attached it stays, else it is gone. */
  close(): void;
}

/** mount(2), from sys/mount.h. */
export const MOUNT_FLAGS = { readOnly: 1, noSuid: 2, noDev: 4, noExec: 8, bind: 4096, private: 1 << 18 } as const;

/** From linux/mount.h and fcntl.h; the same on every architecture that is supported. */
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const OPEN_TREE_CLONE = 1;
const OPEN_TREE_CLOEXEC = 0o2000000;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const MOUNT_ATTR_IDMAP = 0x100000n;
const MNT_DETACH = 2;

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
  const api = openMountApi();
  const { symbols } = dlopen("libc.so.6", {
    mount: { args: ["buffer", "buffer", "buffer", "u64", "buffer"], returns: "i32" },
    umount2: { args: ["buffer", "i32"], returns: "i32" },
    syscall: { args: ["i32", "i32", "buffer", "buffer", "u64"], returns: "i32" },
    open_tree: { args: ["i32", "buffer", "u32"], returns: "i32" },
    mount_setattr: { args: ["i32", "buffer", "u32", "buffer", "u64"], returns: "i32" },
    move_mount: { args: ["i32", "buffer", "i32", "buffer", "u32"], returns: "i32" },
    mkfifo: { args: ["buffer", "u32"], returns: "i32" },
    __errno_location: { args: [], returns: "ptr" },
  });
  const check = (result: number, call: string, path: string) => {
    if (result >= 0) return result;
    const location = symbols.__errno_location();
    const number = location === null ? 0 : read.i32(location);
    throw new LibcError(call, path, number > 0 ? getSystemErrorName(-number) : "failed");
  };
  const openOverlay: Libc["openOverlay"] = (lower, { setuid }) => {
    const layers = lower.map((directory) => ["lowerdir+", directory] as const);
    const root = api.mountDetached("overlay", [["source", "berth"], ...layers], { readOnly: true, setuid });
    return {
      path: `/proc/self/fd/${root}`,
      attach: (target) => api.attach(root, target),
      close: () => closeSync(root),
    };
  };
  return {
    mount: (source, target, type, flags, data) =>
      void check(symbols.mount(text(source), text(target), text(type), flags, text(data)), "mount", target),
    mountIdmapped: (source, target, userNamespace) => {
      const opened = symbols.open_tree(AT_FDCWD, text(source), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
      const tree = check(opened, "open_tree", source);
      try {
        const attributes = idmapAttributes(userNamespace);
        const set = symbols.mount_setattr(tree, text(""), AT_EMPTY_PATH, attributes, attributes.byteLength);
        check(set, "mount_setattr", source);
        const moved = symbols.move_mount(tree, text(""), AT_FDCWD, text(target), MOVE_MOUNT_F_EMPTY_PATH);
        check(moved, "move_mount", target);
      } finally {
        closeSync(tree);
      }
    },
    openOverlay,
    mountOverlay: (target, lower, options) => {
      const overlay = openOverlay(lower, options);
      try {
        overlay.attach(target);
      } finally {
        overlay.close();
      }
    },
    unmount: (target, how) =>
      void check(symbols.umount2(text(target), how === "detach" ? MNT_DETACH : 0), "umount", target),
    openBeneath: (base, path) => {
      const how = new BigUint64Array([O_PATH | O_CLOEXEC, 0n, RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH]);
      const opened = symbols.syscall(SYS_OPENAT2, base, text(path), new Uint8Array(how.buffer), how.byteLength);
      return check(opened, "openat2", path);
    },
    makeFifo: (path, mode) => void check(symbols.mkfifo(text(path), mode), "mkfifo", path),
  };
}

/** struct mount_attr: attr_set, attr_clr, propagation, userns_fd. */
function idmapAttributes(userNamespace: number): Uint8Array {
  return new Uint8Array(new BigUint64Array([MOUNT_ATTR_IDMAP, 0n, 0n, BigInt(userNamespace)]).buffer);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}
