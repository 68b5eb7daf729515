/**
 * Tells waiting streams that there is something new. It carries no data: a stream reads what is new from where that is
 * kept, after its own cursor, so a slow one misses nothing and holds nothing up.
 */
export class Feed {
  #waiting = new Set<() => void>();

  /** Wakes everyone who waits. */
  notify(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** Settles at the next {@link notify}, or when `signal` aborts. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
