import { type FileHandle, open } from "node:fs/promises";
import { BLOCK } from "../../services/flash/block-map.ts";
import { parseGpt } from "../../services/flash/gpt.ts";
import { ext4Used, isExt4 } from "./ext4.ts";
import { fatLayout, fatUsed } from "./fat.ts";
import { gapsBetween, joinRanges, type Range } from "./ranges.ts";

const MIB = 1024 * 1024;
const ZEROS = new Uint8Array(MIB);

/**
 * The parts of a disk image that must be written. Zeros alone do not say that a block is free (a file allocation table, a
 * journal or a verified root may well hold some that must be read as zeros), so each partition is asked:
 *
 * - FAT and ext4: their own structures and every cluster or block that is not free;
 * - nothing but zeros: its first MiB, so that whatever an earlier disk had there is not found again;
 * - anything else, such as the root: all up to the last byte that is not zero;
 * - outside of partitions, the first and last MiB (the partition tables) and what is not zero.
 */
export async function usedParts(path: string): Promise<Range[]> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const partitions = parseGpt(await bytesAt(file, 0, Math.min(MIB, size)));
    if (partitions === undefined) return [{ offset: 0, length: size }];
    const places = partitions
      .map(({ offset, size: length }) => ({ offset, length }))
      .sort((a, b) => a.offset - b.offset);
    const used: Range[] = [
      { offset: 0, length: MIB },
      { offset: size - MIB, length: MIB },
    ];
    for (const place of places) {
      for (const { offset, length } of await partUsed(file, path, place)) {
        used.push({ offset: place.offset + offset, length: Math.min(length, place.length - offset) });
      }
    }
    for (const gap of gapsBetween(places, size)) used.push(...(await nonZero(file, gap)));
    return joinRanges(used, BLOCK, size);
  } finally {
    await file.close();
  }
}

async function partUsed(file: FileHandle, path: string, { offset, length }: Range): Promise<Range[]> {
  const start = await bytesAt(file, offset, Math.min(length, BLOCK));
  const fat = fatLayout(start);
  if (fat !== undefined) return fatUsed(fat, await bytesAt(file, offset + fat.table.offset, fat.table.length));
  if (isExt4(start)) return ext4Used(path, offset);
  const last = (await nonZero(file, { offset, length })).at(-1);
  return [{ offset: 0, length: last === undefined ? Math.min(length, MIB) : last.offset + last.length - offset }];
}

/** The blocks of a part that are not zero, joined. */
async function nonZero(file: FileHandle, part: Range): Promise<Range[]> {
  const found: Range[] = [];
  for (let at = part.offset; at < part.offset + part.length; at += MIB) {
    const bytes = await bytesAt(file, at, Math.min(MIB, part.offset + part.length - at));
    if (isZero(bytes)) continue;
    for (let block = 0; block < bytes.length; block += BLOCK) {
      const length = Math.min(BLOCK, bytes.length - block);
      if (!isZero(bytes.subarray(block, block + length))) found.push({ offset: at + block, length });
    }
  }
  return joinRanges(found, BLOCK, part.offset + part.length);
}

function isZero(bytes: Buffer): boolean {
  return bytes.equals(ZEROS.subarray(0, bytes.length));
}

async function bytesAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, offset + done);
    if (bytesRead === 0) throw new Error(`the image ends at byte ${offset + done}`);
    done += bytesRead;
  }
  return buffer;
}
