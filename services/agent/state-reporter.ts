import { Feed } from "../async/feed.ts";
import { sleep } from "../async/sleep.ts";
import type { Progress } from "../model/receipt.ts";
import type { State } from "../model/state.ts";
import type { Telemetry } from "../model/telemetry.ts";
import type { Delivery, OutgoingMessage } from "./broker-connection.ts";
import { MESSAGES } from "./messages.ts";

/** Between two telemetry messages, in milliseconds. */
const TELEMETRY_PAUSE = 200;
const MOST_PENDING = 64;

/** The connection a report goes out by. */
export interface ReportOptions {
  publish(message: OutgoingMessage): Promise<Delivery>;
  /** Aborts when the connection is gone. */
  readonly signal: AbortSignal;
}

/**
 * What the device reports as it stands now: of states and of an order's progress only the newest counts, so nothing
 * queues up while there is no connection.
 */
export class StateReporter {
  readonly #changed = new Feed();
  readonly #progressed = new Feed();
  readonly #progress = new Map<string, Progress>();
  #state: State | undefined;
  #published: State | undefined;

  setState(state: State): void {
    this.#state = state;
    this.#changed.notify();
  }

  setProgress(progress: Progress): void {
    this.#progress.delete(progress.order);
    this.#progress.set(progress.order, progress);
    const [oldest] = this.#progress.keys();
    if (this.#progress.size > MOST_PENDING && oldest !== undefined) this.#progress.delete(oldest);
    this.#progressed.notify();
  }

  /** Keeps the retained state at the broker as it is here. A new connection always gets it once. */
  async publishState(topic: string, { publish, signal }: ReportOptions): Promise<void> {
    this.#published = undefined;
    while (!signal.aborted) {
      const state = this.#state;
      if (state === undefined || state === this.#published) {
        await this.#changed.next(signal);
        continue;
      }
      try {
        await publish({ topic, payload: JSON.stringify(state), ...MESSAGES.state });
        this.#published = state;
      } catch {
        await sleep(TELEMETRY_PAUSE, signal);
      }
    }
  }

  /** Publishes the progress of running orders, at most five times a second. What is lost is not missed. */
  async publishProgress(topic: string, { publish, signal }: ReportOptions): Promise<void> {
    this.#progress.clear();
    while (!signal.aborted) {
      const [progress] = this.#progress.values();
      if (progress === undefined) {
        await this.#progressed.next(signal);
        continue;
      }
      this.#progress.delete(progress.order);
      const telemetry: Telemetry = { kind: "progress", progress };
      await publish({ topic, payload: JSON.stringify(telemetry), ...MESSAGES.progress }).catch(() => undefined);
      await sleep(TELEMETRY_PAUSE, signal);
    }
  }
}
