/** What comes while nobody asks waits here, up to a bound; beyond it the oldest goes. */
export class LiveQueue<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  readonly #most: number;
  #wake: (() => void) | undefined;
  #ended = false;
  #error: unknown;

  constructor(signal: AbortSignal, most = 1_000) {
    this.#most = most;
    if (signal.aborted) this.end();
    else signal.addEventListener("abort", () => this.end(), { once: true });
  }

  push(item: T): void {
    if (this.#ended) return;
    this.#items.push(item);
    if (this.#items.length > this.#most) this.#items.shift();
    this.#wake?.();
  }

  /** Ends the iteration after what waits already. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Ends the iteration with an error after what waits already. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#error = error;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else if (this.#ended) break;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
    if (this.#error !== undefined) throw this.#error;
  }
}
