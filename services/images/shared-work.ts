import { untilAborted } from "./abort.ts";

interface Running<T, P> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  readonly listeners: Set<(progress: P) => void>;
  last: P | undefined;
  waiters: number;
}

/**
 * Work that several callers may want at once is done once: who comes later joins. It is aborted only when everybody
 * who waited for it has left, and the last to leave waits until it has really stopped.
 */
export class SharedWork<T, P> {
  readonly #running = new Map<string, Running<T, P>>();

  async run(
    key: string,
    options: { signal: AbortSignal; onProgress: (progress: P) => void },
    work: (signal: AbortSignal, report: (progress: P) => void) => Promise<T>,
  ): Promise<T> {
    const { signal, onProgress } = options;
    const running = (await this.#joinable(key, signal)) ?? this.#start(key, work);
    running.waiters++;
    running.listeners.add(onProgress);
    if (running.last !== undefined) onProgress(running.last);
    try {
      return await untilAborted(running.promise, signal);
    } finally {
      running.listeners.delete(onProgress);
      running.waiters--;
      if (running.waiters === 0 && signal.aborted) {
        running.controller.abort(signal.reason);
        await running.promise.catch(() => {});
      }
    }
  }

  /** The work under way that can be joined; what is being given up is waited out first. */
  async #joinable(key: string, signal: AbortSignal): Promise<Running<T, P> | undefined> {
    for (;;) {
      signal.throwIfAborted();
      const running = this.#running.get(key);
      if (running === undefined || !running.controller.signal.aborted) return running;
      await running.promise.catch(() => {});
    }
  }

  #start(key: string, work: (signal: AbortSignal, report: (progress: P) => void) => Promise<T>): Running<T, P> {
    const controller = new AbortController();
    const listeners = new Set<(progress: P) => void>();
    const report = (progress: P) => {
      running.last = progress;
      for (const listener of listeners) listener(progress);
    };
    const promise = Promise.resolve()
      .then(() => work(controller.signal, report))
      .finally(() => this.#running.delete(key));
    // Every waiter may have left before it fails.
    promise.catch(() => {});
    const running: Running<T, P> = { promise, controller, listeners, last: undefined, waiters: 0 };
    this.#running.set(key, running);
    return running;
  }
}
