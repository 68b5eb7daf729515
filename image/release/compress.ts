import { renameSync, rmSync } from "node:fs";
import { run } from "../command.ts";

/** Bytes of an xz block: what can be unpacked by itself, and so by several processors at once. */
const XZ_BLOCK = 16 * 1024 * 1024;

/** Compresses a file with xz on all processors; the same bytes on any number of them. */
export async function compress(source: string, target: string): Promise<void> {
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  try {
    await run(["sh", "-c", SCRIPT, "xz", source, partial]);
    renameSync(partial, target);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** xz names its output itself unless it writes to standard output. */
const SCRIPT = `exec xz --compress --stdout --threads=0 --block-size=${XZ_BLOCK} -- "$1" >"$2"`;
