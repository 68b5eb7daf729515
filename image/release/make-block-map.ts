import { createHash } from "node:crypto";
import { BLOCK, type BlockMap, type MappedRange } from "../../services/flash/block-map.ts";
import { openImage } from "../../services/flash/image-source.ts";
import { splitRanges } from "./ranges.ts";
import { usedParts } from "./used.ts";

/** Longest range with a checksum of its own: what is damaged is found before much more of it is written. */
const LONGEST = 4096 * BLOCK;

/** The block map of a disk image, with checksums. Reads every byte of the image once. */
export async function makeBlockMap(image: string): Promise<BlockMap> {
  const source = await openImage(image);
  const ranges: MappedRange[] = [];
  for (const range of splitRanges(await usedParts(image), LONGEST)) {
    const hash = createHash("sha256");
    for await (const { bytes } of source.pieces([range])) hash.update(bytes);
    ranges.push({ ...range, sha256: hash.digest("hex") });
  }
  return { imageSize: source.size, ranges };
}
