/** How many seconds' worth of lines may come at once. */
const BURST_SECONDS = 10;
/** A line counts as one, and as one more for each of these many bytes. */
const BYTES_A_LINE = 1024;

/** Says which lines are within a rate: a bucket that fills by `rate` a second up to ten seconds' worth. */
export class Allowance {
  readonly #rate: number;
  #left: number;
  #filled: number;

  /** @param now milliseconds of a clock that never jumps */
  constructor(rate: number, now: number) {
    this.#rate = rate;
    this.#left = rate * BURST_SECONDS;
    this.#filled = now;
  }

  /** Fills the bucket for the time that passed. */
  fill(now: number): void {
    const more = ((now - this.#filled) / 1000) * this.#rate;
    this.#left = Math.min(this.#rate * BURST_SECONDS, this.#left + more);
    this.#filled = now;
  }

  /** Whether a line of so many bytes is within the rate; it then counts. */
  take(bytes: number): boolean {
    const cost = 1 + Math.floor(bytes / BYTES_A_LINE);
    if (this.#left < cost) return false;
    this.#left -= cost;
    return true;
  }
}
