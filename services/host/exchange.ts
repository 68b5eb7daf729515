import { dlopen, read } from "bun:ffi";
import { getSystemErrorName } from "node:util";

/** Source: linux/fs.h and fcntl.h. */
const [RENAME_EXCHANGE, AT_FDCWD] = [2, -100];

/** Lets two paths of one file system change places, at once: renameat2(2) with RENAME_EXCHANGE. */
export function exchange(one: string, other: string): void {
  const { symbols } = dlopen("libc.so.6", {
    renameat2: { args: ["i32", "buffer", "i32", "buffer", "u32"], returns: "i32" },
    __errno_location: { args: [], returns: "ptr" },
  });
  const path = (text: string) => new TextEncoder().encode(`${text}\0`);
  if (symbols.renameat2(AT_FDCWD, path(one), AT_FDCWD, path(other), RENAME_EXCHANGE) === 0) return;
  const location = symbols.__errno_location();
  const number = location === null ? 0 : read.i32(location);
  throw new Error(`renameat2 ${one} ${other}: ${number > 0 ? getSystemErrorName(-number) : "failed"}`);
}
