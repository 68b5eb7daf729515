import { Feed } from "../async/feed.ts";
import type { LogBatch } from "../model/log-batch.ts";
import type { Answer } from "../model/question.ts";
import type { Progress } from "../model/receipt.ts";
import type { Stats } from "../model/stats.ts";

/** Something a device said that is kept nowhere. */
export type Saying =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "logs"; readonly batch: LogBatch }
  | { readonly kind: "stats"; readonly order: string | undefined; readonly stats: Stats }
  | { readonly kind: "answer"; readonly order: string; readonly answer: Answer };

/** What is new about one device. */
export interface DeviceFeeds {
  readonly receipts: Feed;
  readonly events: Feed;
  readonly state: Feed;
  readonly presence: Feed;
}

/** Tells those who follow a device what comes from it. */
export class Hub {
  readonly #feeds = new Map<string, DeviceFeeds>();
  readonly #listeners = new Map<string, Set<(saying: Saying) => void>>();

  of(device: string): DeviceFeeds {
    let feeds = this.#feeds.get(device);
    if (feeds === undefined) {
      feeds = { receipts: new Feed(), events: new Feed(), state: new Feed(), presence: new Feed() };
      this.#feeds.set(device, feeds);
    }
    return feeds;
  }

  say(device: string, saying: Saying): void {
    for (const listener of this.#listeners.get(device) ?? []) listener(saying);
  }

  /** Calls back with everything a device says. Gives the function that ends this. */
  listen(device: string, listener: (saying: Saying) => void): () => void {
    const listeners = this.#listeners.get(device) ?? new Set();
    this.#listeners.set(device, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(device);
    };
  }
}
