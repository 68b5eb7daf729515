/** Numbered items kept for readers who come late, and given to those who wait. */
export class Feed<T> {
  readonly #items: { readonly number: number; readonly item: T }[] = [];
  readonly #waiting = new Set<() => void>();

  /** Adds what `make` gives for the next number. */
  add(make: (number: number) => T): T {
    const number = this.#items.length + 1;
    const item = make(number);
    this.#items.push({ number, item });
    for (const wake of [...this.#waiting]) wake();
    return item;
  }

  async *after(number: number, options: { follow: boolean; signal: AbortSignal }): AsyncGenerator<T> {
    let next = number;
    for (;;) {
      for (const { number: own, item } of this.#items.slice(next)) {
        next = own;
        yield item;
      }
      if (!options.follow || options.signal.aborted) return;
      if (this.#items.length > next) continue;
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          options.signal.removeEventListener("abort", wake);
          resolve();
        };
        this.#waiting.add(wake);
        options.signal.addEventListener("abort", wake);
      });
    }
  }
}
