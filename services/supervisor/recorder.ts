import { Feed } from "../async/feed.ts";
import type { Event } from "../model/event.ts";
import type { Progress } from "../model/receipt.ts";
import type { Journal } from "./journal.ts";

/** Writes down what happens and tells those who follow: receipts, events, and the progress of running orders. */
export class Recorder {
  readonly receipts = new Feed();
  readonly events = new Feed();
  readonly progress = new Feed();
  readonly #journal: Journal;
  readonly #newest = new Map<string, Progress>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  event(event: Omit<Event, "id" | "at">): void {
    this.#journal.recordEvent(event);
    this.events.notify();
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
