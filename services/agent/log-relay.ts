import type { ApiClient } from "../api/client.ts";
import { sleep } from "../async/sleep.ts";
import type { Log } from "../host/log.ts";
import type { LogBatch } from "../model/log-batch.ts";
import { reasonOf } from "../model/reason.ts";
import type { Clock } from "../supervisor/ports.ts";
import { LineBatch } from "./line-batch.ts";
import { STALE_MILLISECONDS } from "./stale.ts";

/** Lines wait this long for company, in milliseconds. */
const GATHER = 100;
const RETRY = 1_000;
/** Live lines begin with so many that the tail has too, at most: what was written while both were being opened is in one of them. */
const OVERLAP = 1_000;

/** What relays of logs need of the agent around them. */
export interface RelayOptions {
  readonly supervisor: Pick<ApiClient, "follow">;
  /** Rejects while there is no connection. */
  publish(batch: LogBatch): Promise<unknown>;
  /** Keeps the lease over a restart; `forget` when it has ended. */
  remember(workload: string, until: string): void;
  forget(workload: string): void;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Publishes what workloads write, for as long as an order asked for it. One stream a workload serves all who asked. */
export class LogRelays {
  readonly #options: RelayOptions;
  /** Until when, in milliseconds, by workload. */
  readonly #live = new Map<string, number>();

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** Answers an order of kind `logs`: the tail, and new lines until `until`, which is later than now or never was. */
  take(request: { order: string; workload: string; tail: number; since?: string | undefined; until: string }): void {
    const { order, workload } = request;
    const left = Date.parse(request.until) - this.#options.clock.now().getTime();
    if (left < -STALE_MILLISECONDS) return;
    if (left > 0) this.resume(workload, request.until, request.tail);
    void this.#publishTail(order, workload, request);
  }

  /**
   * Publishes new lines of a workload until `until`; longer, if that was asked for already. Where nobody was listening yet they
   * begin with the last of `tail` lines, which whoever asked for that tail tells apart.
   */
  resume(workload: string, until: string, tail = 0): void {
    this.#options.remember(workload, until);
    const running = this.#live.get(workload);
    const end = Date.parse(until);
    this.#live.set(workload, Math.max(end, running ?? end));
    if (running === undefined) void this.#relay(workload, Math.min(tail, OVERLAP));
  }

  async #publishTail(
    order: string,
    workload: string,
    { tail, since }: { tail: number; since?: string | undefined },
  ): Promise<void> {
    const batch = new LineBatch();
    const { signal } = this.#options;
    try {
      if (tail > 0) {
        for await (const { data } of this.#follow(workload, { tail, since, follow: false }, signal)) {
          if (batch.add(data)) await this.#publish({ workload, order, lines: batch.take(), end: false });
        }
      }
      await this.#publish({ workload, order, lines: batch.take(), end: true });
    } catch (error) {
      this.#options.log.warning("the end of a log was not published", { workload, reason: reasonOf(error).message });
    }
  }

  async #relay(workload: string, overlap: number): Promise<void> {
    const { signal, log } = this.#options;
    let tail = overlap;
    while (!signal.aborted && this.#left(workload) > 0) {
      const ending = new AbortController();
      const watching = this.#endInTime(workload, ending);
      try {
        await this.#relayOnce(workload, tail, AbortSignal.any([signal, ending.signal]));
      } catch (error) {
        log.warning("a log is not published for now", { workload, reason: reasonOf(error).message });
      }
      tail = 0;
      const over = ending.signal.aborted;
      ending.abort();
      await watching;
      if (!over) await sleep(RETRY, signal);
    }
    this.#live.delete(workload);
    if (signal.aborted) return;
    this.#options.forget(workload);
    await this.#publish({ workload, lines: [], end: true }).catch(() => undefined);
  }

  async #relayOnce(workload: string, tail: number, signal: AbortSignal): Promise<void> {
    const batch = new LineBatch();
    let flushing: Promise<void> = Promise.resolve();
    let failure: unknown;
    const flush = () => {
      if (batch.empty) return;
      const lines = batch.take();
      flushing = flushing
        .then(() => this.#publish({ workload, lines, end: false }))
        .then(() => undefined)
        .catch((error) => {
          failure ??= error;
        });
    };
    const timer = setInterval(flush, GATHER);
    try {
      for await (const { data } of this.#follow(workload, { tail, follow: true }, signal)) {
        if (batch.add(data)) {
          flush();
          await flushing;
        }
        if (failure !== undefined) throw failure;
      }
    } finally {
      clearInterval(timer);
      flush();
      await flushing;
    }
  }

  /** Aborts `ending` when the lease, which may grow meanwhile, is over. */
  async #endInTime(workload: string, ending: AbortController): Promise<void> {
    const { signal } = this.#options;
    for (let left = this.#left(workload); left > 0 && !signal.aborted && !ending.signal.aborted; ) {
      await sleep(Math.min(left, 60_000), AbortSignal.any([signal, ending.signal]));
      left = this.#left(workload);
    }
    if (this.#left(workload) <= 0) ending.abort();
  }

  #left(workload: string): number {
    return (this.#live.get(workload) ?? 0) - this.#options.clock.now().getTime();
  }

  #follow(
    workload: string,
    { since, ...query }: { tail: number; since?: string | undefined; follow: boolean },
    signal: AbortSignal,
  ) {
    return this.#options.supervisor.follow("followLogs", {
      params: { name: workload },
      query: { ...query, ...(since === undefined ? {} : { since }) },
      signal,
    });
  }

  #publish(batch: LogBatch): Promise<unknown> {
    return this.#options.publish(batch);
  }
}
