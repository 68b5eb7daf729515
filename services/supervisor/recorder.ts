import { Feed } from "../async/feed.ts";
import type { Event } from "../model/event.ts";
import type { Progress, Receipt } from "../model/receipt.ts";
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

  /** Tells of a receipt the journal holds already, and records it as an event. */
  receipt(receipt: Receipt): void {
    this.receipts.notify();
    if (receipt.status === "sent") return;
    const about =
      receipt.action === undefined ? "an order" : `${receipt.action.kind} ${receipt.action.workload ?? ""}`.trim();
    this.event({
      kind: `order-${receipt.status}`,
      message: receipt.reason === undefined ? `${about}: ${receipt.status}` : `${about}: ${receipt.reason.message}`,
      order: receipt.order,
      issuer: receipt.issuer,
      ...(receipt.action?.workload === undefined ? {} : { workload: receipt.action.workload }),
      ...(receipt.reason === undefined ? {} : { reason: receipt.reason }),
    });
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
