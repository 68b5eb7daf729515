import type { ApiClient } from "../api/client.ts";
import { sleep } from "../async/sleep.ts";
import type { Log } from "../host/log.ts";
import { reasonOf } from "../model/reason.ts";
import type { Telemetry } from "../model/telemetry.ts";
import type { Clock } from "../supervisor/ports.ts";
import { STALE_MILLISECONDS } from "./stale.ts";

const RETRY = 1_000;

interface StatsOptions {
  readonly supervisor: Pick<ApiClient, "follow">;
  /** Rejects while there is no connection. */
  publish(sample: Telemetry): Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Publishes what the workloads use, for as long as an order asked for it. One stream serves all who asked, as often as the most eager. */
export class StatsRelay {
  readonly #options: StatsOptions;
  /** Until when, in milliseconds, samples are wanted, by the seconds between two. */
  readonly #wanted = new Map<number, number>();
  #ending: AbortController | undefined;

  constructor(options: StatsOptions) {
    this.#options = options;
  }

  /** Answers an order of kind `stats`: samples until `until`, or one where that is over already. */
  take({ order, interval, until }: { order: string; interval: number; until: string }): void {
    const end = Date.parse(until);
    const left = end - this.#now();
    if (left < -STALE_MILLISECONDS) return;
    if (left <= 0) {
      void this.#once(order, interval);
      return;
    }
    const before = this.#interval();
    this.#wanted.set(interval, Math.max(end, this.#wanted.get(interval) ?? end));
    if (this.#ending === undefined) void this.#relay();
    else if (before === undefined || interval < before) this.#ending.abort();
  }

  /** The shortest interval anybody still wants. */
  #interval(): number | undefined {
    for (const [interval, end] of this.#wanted) if (end <= this.#now()) this.#wanted.delete(interval);
    return this.#wanted.size === 0 ? undefined : Math.min(...this.#wanted.keys());
  }

  async #once(order: string, interval: number): Promise<void> {
    const { supervisor, signal, log, publish } = this.#options;
    try {
      const query = { follow: false, interval };
      for await (const { data } of supervisor.follow("followStats", { query, signal })) {
        await publish({ kind: "stats", order, stats: data });
      }
    } catch (error) {
      log.warning("a sample was not published", { reason: reasonOf(error).message });
    }
  }

  async #relay(): Promise<void> {
    const { signal, log } = this.#options;
    let told = false;
    for (let interval = this.#interval(); interval !== undefined && !signal.aborted; interval = this.#interval()) {
      this.#ending = new AbortController();
      try {
        await this.#follow(interval, AbortSignal.any([signal, this.#ending.signal]));
      } catch (error) {
        // Once: while the broker is away it is tried every second.
        if (!told) log.warning("samples are not published for now", { reason: reasonOf(error).message });
        told = true;
        await sleep(RETRY, signal);
      }
    }
    this.#ending = undefined;
  }

  /** Publishes samples until others are wanted, or none. */
  async #follow(interval: number, signal: AbortSignal): Promise<void> {
    const { supervisor, publish } = this.#options;
    for await (const { data } of supervisor.follow("followStats", { query: { follow: true, interval }, signal })) {
      if (this.#interval() !== interval) return;
      await publish({ kind: "stats", stats: data });
    }
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}
