/**
 * Tells those who wait that there is something new. It carries no data: each reads what is new from where that is kept,
 * after its own cursor, so a slow one misses nothing and holds nothing up.
 */
export class Feed {
  #waiting = new Set<() => void>();

  /** Wakes everyone who waits. */
  notify(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** Settles at the next {@link notify}, after `milliseconds` where given, or when `signal` aborts. */
  next(signal: AbortSignal, milliseconds?: number): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = milliseconds === undefined ? undefined : setTimeout(wake, milliseconds);
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
