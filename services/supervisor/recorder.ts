import { Feed } from "../async/feed.ts";
import type { Event } from "../model/event.ts";
import type { Progress } from "../model/receipt.ts";
import type { Journal } from "./journal/journal.ts";

/** Writes down what happens and tells those who follow: receipts, events, and the progress of running orders. */
export class Recorder {
  readonly receipts = new Feed();
  readonly events = new Feed();
  readonly progress = new Feed();
  readonly #journal: Journal;
  readonly #onError: (error: unknown) => void;
  readonly #newest = new Map<string, Progress>();

  constructor(journal: Journal, onError: (error: unknown) => void) {
    this.#journal = journal;
    this.#onError = onError;
  }

  /** Records an event. One that cannot be written is lost, and told as an error: what it tells of has happened anyhow. */
  event(event: Omit<Event, "id" | "at">): void {
    try {
      this.#journal.recordEvent(event);
      this.events.notify();
    } catch (error) {
      this.#onError(error);
    }
  }

  /** Tells of receipts, and the events they are, that the journal holds already. */
  receipt(): void {
    this.receipts.notify();
    this.events.notify();
  }

  /** Replaces the progress of an order. */
  report(progress: Progress): void {
    this.#newest.set(progress.order, progress);
    this.progress.notify();
  }

  /** Forgets the progress of an order that has ended. */
  clear(order: string): void {
    this.#newest.delete(order);
  }

  /** The newest progress of every running order. */
  running(): readonly Progress[] {
    return [...this.#newest.values()];
  }
}
