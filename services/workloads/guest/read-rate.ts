/**
 * How much is read of a stream in each span of time: one that brings more waits for the next. What it has to say is bounded,
 * and so is the time that reading it takes.
 */
export class ReadRate {
  readonly #most: number;
  readonly #span: number;
  #began = Number.NEGATIVE_INFINITY;
  #read = 0;

  /**
   * @param most bytes in each span
   * @param span milliseconds
   */
  constructor(most: number, span: number) {
    this.#most = most;
    this.#span = span;
  }

  /** Counts what was read at a time, in milliseconds, and gives how long nothing more is to be read; 0 to go on. */
  count(bytes: number, now: number): number {
    if (now - this.#began >= this.#span) {
      this.#began = now;
      this.#read = 0;
    }
    this.#read += bytes;
    return this.#read < this.#most ? 0 : this.#began + this.#span - now;
  }
}
