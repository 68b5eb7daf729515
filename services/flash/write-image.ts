import { createHash, type Hash } from "node:crypto";
import { ReasonError } from "../model/reason.ts";
import type { MappedRange } from "./block-map.ts";
import { type ImageSource, type Part, PIECE } from "./image-source.ts";
import type { Target } from "./target.ts";

/** A part that was written, and what a read must give. */
export interface WrittenPart extends Part {
  readonly sha256: string;
}

/** What came of writing an image but for its beginning. */
export interface Written {
  /** Everything written, piece by piece; without the beginning. */
  readonly parts: readonly WrittenPart[];
  /** The image's first MiB, held back: whoever writes it makes the disk bootable. */
  readonly head: Uint8Array;
}

/** Tells how many bytes of how many are done. */
export type OnBytes = (done: number, total: number) => void;

/** Bytes of the beginning that is written last: the partition table and more than any boot loader needs. */
export const HEAD = PIECE;

/** How often the disk must have what was written: so that progress is what is on the disk, not in memory. */
const SYNC_EVERY = 32 * 1024 * 1024;

/**
 * Takes away what makes a disk bootable: its first and last MiB, where both copies of a partition table lie. A disk that
 * is written half way boots nothing then, neither the new nor the old.
 */
export async function makeUnbootable(target: Target): Promise<void> {
  const zeros = new Uint8Array(Math.min(HEAD, target.size));
  await target.write(zeros, target.size - zeros.length);
  await target.write(zeros, 0);
  await target.sync();
}

/**
 * Writes an image's ranges but for the first MiB, and checks each range's checksum on the way. Stops when `signal` aborts,
 * with its reason. Throws `image-damaged` when the image is not what its block map says.
 */
export async function writeImage(
  source: ImageSource,
  ranges: readonly (Part & Partial<MappedRange>)[],
  target: Target,
  options: { readonly signal: AbortSignal; readonly onBytes: OnBytes },
): Promise<Written> {
  const { signal, onBytes } = options;
  const total = ranges.reduce((sum, { length }) => sum + length, 0);
  const check = new RangeCheck(ranges);
  const head = new Uint8Array(Math.min(HEAD, source.size));
  const parts: WrittenPart[] = [];
  let done = 0;
  let unsynced = 0;
  for await (const { offset, bytes } of source.pieces(ranges)) {
    signal.throwIfAborted();
    check.add(bytes);
    if (offset < HEAD) head.set(bytes, offset);
    else {
      await target.write(bytes, offset);
      parts.push({ offset, length: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") });
      unsynced += bytes.length;
    }
    done += bytes.length;
    if (unsynced >= SYNC_EVERY) {
      await target.sync();
      unsynced = 0;
    }
    onBytes(done, total);
  }
  if (done !== total) {
    throw new ReasonError({ code: "image-damaged", message: `the image ends early: ${done} of ${total} bytes came` });
  }
  await target.sync();
  return { parts, head };
}

/** Compares what is on the medium with what was written. Throws `read-back-mismatch` with the first place that differs. */
export async function readBack(
  parts: readonly WrittenPart[],
  target: Target,
  options: { readonly signal: AbortSignal; readonly onBytes: OnBytes },
): Promise<void> {
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  let done = 0;
  await target.dropCache();
  for (const { offset, length, sha256 } of parts) {
    options.signal.throwIfAborted();
    const found = createHash("sha256")
      .update(await target.read(offset, length))
      .digest("hex");
    if (found !== sha256) {
      const message = `the disk does not give back what was written between byte ${offset} and ${offset + length}: it is worn out, or a fake`;
      throw new ReasonError({ code: "read-back-mismatch", message });
    }
    done += length;
    options.onBytes(done, total);
  }
}

/** Follows the bytes of ranges and compares each range's checksum when it ends. */
class RangeCheck {
  readonly #ranges: readonly (Part & Partial<MappedRange>)[];
  #index = 0;
  #seen = 0;
  #hash: Hash = createHash("sha256");

  constructor(ranges: readonly (Part & Partial<MappedRange>)[]) {
    this.#ranges = ranges;
  }

  add(bytes: Uint8Array): void {
    const range = this.#ranges[this.#index];
    if (range === undefined) return;
    if (range.sha256 !== undefined) this.#hash.update(bytes);
    this.#seen += bytes.length;
    if (this.#seen < range.length) return;
    if (range.sha256 !== undefined && this.#hash.digest("hex") !== range.sha256) {
      const { offset, length } = range;
      const message = `the image is not what its block map says between byte ${offset} and ${offset + length}`;
      throw new ReasonError({ code: "image-damaged", message });
    }
    this.#index++;
    this.#seen = 0;
    this.#hash = createHash("sha256");
  }
}
