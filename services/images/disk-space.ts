import { statfs } from "node:fs/promises";
import { diskFull, reserveTouched } from "./problems.ts";

/** What EROFS with lz4 takes of a gzip blob's size; 1.6 was measured on Debian's libraries. */
const EROFS_PER_BLOB = 1.75;
/** mkfs.erofs holds all of a layer's file data, uncompressed, at the end of its output until it is done. */
const TEMPORARY_PER_BLOB = 2.75;
/** Between two looks at the free space while bytes are written. */
const STEP = 16 * 1024 * 1024;

/** Bytes an unprivileged writer could still put on the file system of `path`. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/**
 * Bytes a pull will take at its worst moment: what is still to be downloaded, the EROFS files, and the work space of
 * the `conversions` largest layers at once. `size` and `present` are compressed bytes of the layers that are missing.
 */
export function estimatePull(layers: ReadonlyArray<{ size: number; present: number }>, conversions: number): number {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const sizes = layers.map(({ size }) => size).sort((a, b) => b - a);
  const remaining = sum(layers.map(({ size, present }) => Math.max(0, size - present)));
  return Math.ceil(remaining + sum(sizes) * EROFS_PER_BLOB + sum(sizes.slice(0, conversions)) * TEMPORARY_PER_BLOB);
}

/**
 * Keeps the store from filling the data partition: the estimate before a pull is a guess, and a hostile layer can
 * unpack to anything, so the free space is watched while bytes are written, too.
 */
export class DiskSpace {
  readonly #free: () => Promise<number>;
  readonly #reserve: number;

  constructor(options: { free: () => Promise<number>; reserve: number }) {
    this.#free = options.free;
    this.#reserve = options.reserve;
  }

  /** Throws `disk-full` unless `bytes` more fit and leave the reserve. */
  async require(bytes: number, subject: string): Promise<void> {
    const available = (await this.#free()) - this.#reserve;
    if (bytes > available) throw diskFull(subject, bytes, available);
  }

  /** Throws `disk-full` when the reserve is touched. */
  async keepReserve(subject: string): Promise<void> {
    const free = await this.#free();
    if (free < this.#reserve) throw reserveTouched(subject, free, this.#reserve);
  }

  /** A meter to tell of each written piece; it throws `disk-full` when the reserve is touched. */
  meter(subject: string): (bytes: number) => Promise<void> {
    let since = STEP;
    return async (bytes) => {
      since += bytes;
      if (since < STEP) return;
      since = 0;
      await this.keepReserve(subject);
    };
  }
}
