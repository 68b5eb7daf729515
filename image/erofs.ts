import { rmSync } from "node:fs";
import type { Base } from "./base/base.ts";
import { run } from "./command.ts";

/**
 * Packs a tree into an EROFS image, always the same for the same tree and date. The tool is the
 * base's own, whatever the host has: it is the version the device's kernel belongs to.
 */
export async function packRoot(base: Base, tree: string, date: string, image: string): Promise<void> {
  // mkfs.erofs would keep what lies beyond the new image's end.
  rmSync(image, { force: true });
  await run([
    ...base.mkfsErofs,
    "--quiet",
    // Bigger clusters than 4 KiB: smaller, and less work to pack and to read.
    "-zlz4",
    "-C65536",
    "-Uclear",
    `-T${Math.floor(Date.parse(date) / 1000)}`,
    image,
    tree,
  ]);
}
