import { imageTooLarge } from "./problems.ts";

/** Times its compressed size an image may unpack to; programs and libraries come to three or four. */
const MOST_RATIO = 100;

/**
 * How much an image may unpack to in all, so that a bomb ends before the disk is full: a hundred times what its manifest
 * says of its layers, and no less than `least`, which any image may.
 */
export class UnpackBudget {
  readonly #subject: string;
  readonly #limit: number;
  #used = 0;

  /** @param sizes.compressed bytes of all its layers as they travel */
  constructor(subject: string, sizes: { readonly compressed: number; readonly least: number }) {
    this.#subject = subject;
    this.#limit = Math.max(sizes.least, MOST_RATIO * sizes.compressed);
  }

  /** Throws `image-too-large` when so many more are too many. */
  take(bytes: number): void {
    this.#used += bytes;
    if (this.#used > this.#limit) throw imageTooLarge(this.#subject, this.#limit);
  }
}
