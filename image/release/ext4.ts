import { run } from "../command.ts";
import { gapsBetween, type Range } from "./ranges.ts";

const SUPERBLOCK = 1024;
const MAGIC = 0xef53;

/** Whether a file system's first bytes (at least 2 KiB) are ext4's (or ext2's, ext3's). */
export function isExt4(start: Uint8Array): boolean {
  if (start.length < 2 * SUPERBLOCK) return false;
  return new DataView(start.buffer, start.byteOffset).getUint16(SUPERBLOCK + 56, true) === MAGIC;
}

/** The parts of an ext4 file system that are not free, by dumpe2fs(8). `offset` is where it begins in the file. */
export async function ext4Used(image: string, offset: number): Promise<Range[]> {
  return usedOf(await run(["dumpe2fs", `${image}?offset=${offset}`]));
}

/** What dumpe2fs printed, as the parts that are in use: all blocks but those some group has free. */
export function usedOf(listing: string): Range[] {
  const [block, count] = [field(listing, "Block size"), field(listing, "Block count")];
  const free: Range[] = [];
  // A group's line is indented; the whole file system's is not.
  for (const [, ranges = ""] of listing.matchAll(/^\s+Free blocks: (.*)$/gm)) {
    for (const [, first, last = first] of ranges.matchAll(/(\d+)(?:-(\d+))?/g)) {
      const from = Number(first);
      free.push({ offset: from * block, length: (Number(last) - from + 1) * block });
    }
  }
  const freeBytes = free.reduce((sum, { length }) => sum + length, 0);
  if (freeBytes !== field(listing, "Free blocks") * block) {
    throw new Error(`dumpe2fs lists ${freeBytes} B as free, and says otherwise of the whole file system`);
  }
  return gapsBetween(
    free.sort((a, b) => a.offset - b.offset),
    count * block,
  );
}

function field(listing: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+(\\d+)$`, "m").exec(listing)?.[1];
  if (value === undefined) throw new Error(`dumpe2fs says nothing of ${name}`);
  return Number(value);
}
