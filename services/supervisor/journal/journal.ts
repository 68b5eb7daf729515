import type { Database } from "../../host/database.ts";
import { type Action, workloadOf } from "../../model/action.ts";
import type { Event } from "../../model/event.ts";
import type { Origin } from "../../model/order.ts";
import { isFinal, type Receipt } from "../../model/receipt.ts";
import type { Clock } from "../ports.ts";
import type { ScheduleRecord } from "../schedule/record.ts";
import type { Outcome } from "../target.ts";
import { lastSequence, reserveNumbers, spendSequence } from "./counters.ts";
import { DesiredTable } from "./desired-table.ts";
import type { Acceptance, Advance, Desired, JournalledOrder, Refusal, Retention } from "./entries.ts";
import { EventTable } from "./event-table.ts";
import { eventOfReceipt } from "./order-event.ts";
import { OrderTable } from "./order-table.ts";
import { ReceiptTable, refusedKey } from "./receipt-table.ts";
import { ScheduleTable } from "./schedule-table.ts";

const RETENTION: Retention = { endedOrders: 1_000, refusals: 1_000, events: 10_000 };

/**
 * The supervisor's memory: orders, receipts, desired state and events, each change in one transaction that is on the
 * disk before the method returns. A receipt and the event it is are one change. Nothing else writes this database.
 */
export class Journal {
  readonly #database: Database;
  readonly #device: string;
  readonly #clock: Clock;
  readonly #retention: Retention;
  readonly #orders: OrderTable;
  readonly #receipts: ReceiptTable;
  readonly #desired: DesiredTable;
  readonly #events: EventTable;
  readonly #schedules: ScheduleTable;

  constructor(database: Database, options: { device: string; clock: Clock; retention?: Retention }) {
    this.#database = database;
    this.#device = options.device;
    this.#clock = options.clock;
    this.#retention = options.retention ?? RETENTION;
    this.#orders = new OrderTable(database);
    this.#receipts = new ReceiptTable(database);
    this.#desired = new DesiredTable(database);
    this.#events = new EventTable(database, this.#retention.events);
    this.#schedules = new ScheduleTable(database);
  }

  /**
   * Writes an order down as accepted; unfinished orders that would change the same workload end as superseded. An id
   * already known changes nothing and gives that order's newest receipt.
   */
  accept(order: Acceptance): Receipt {
    return this.#change(() => {
      const known = this.order(order.id) === undefined ? undefined : this.newestReceipt(order.id);
      if (known !== undefined) return known;
      const workload = workloadOf(order.action);
      if (order.outcome !== undefined && workload !== undefined) this.#supersede(workload, order.id);
      this.#orders.insert(order, this.#now());
      spendSequence(this.#database, order.signature);
      const receipt = this.#writeReceipt(order, { status: "accepted" }, true);
      this.#orders.prune(this.#retention.endedOrders);
      return receipt;
    });
  }

  /**
   * Writes down that an order was refused. Its id is not taken: a right order of that id may still come. With
   * `signature` its place in the issuer's sequence is spent all the same, so that it cannot be replayed later.
   */
  refuse(refused: Refusal): Receipt {
    return this.#database.transaction(() => {
      spendSequence(this.#database, refused.signature);
      const advance = { status: refused.status, reason: refused.reason };
      const receipt = this.#writeReceipt(refused, advance, refused.verified, refusedKey(refused.id));
      this.#receipts.dropRefused(receipt.sequence - this.#retention.refusals);
      return receipt;
    });
  }

  /**
   * Moves an order on; with `desired` the workload's new desired state is written in the same transaction. An order that
   * has ended stays as it ended, and undefined is given.
   */
  advance(id: string, advance: Advance, desired?: Outcome): Receipt | undefined {
    return this.#change(() => {
      const order = this.order(id);
      if (order === undefined || isFinal(order.status)) return undefined;
      if (order.status === advance.status && advance.reason === undefined) return undefined;
      this.#orders.setStatus(id, advance.status);
      if (desired !== undefined) this.#desired.set(order, desired, this.#now());
      return this.#writeReceipt(order, advance, true);
    });
  }

  order(id: string): JournalledOrder | undefined {
    return this.#orders.get(id);
  }

  /** Whether any order that is remembered was about a workload. */
  wasOrdered(workload: string): boolean {
    return this.#orders.about(workload);
  }

  /** Orders that have not ended, oldest first. */
  unfinished(): readonly JournalledOrder[] {
    return this.#orders.unfinished();
  }

  /** The highest sequence accepted from a signing key; 0 before the first. */
  lastSequence(keyId: string): number {
    return lastSequence(this.#database, keyId);
  }

  desired(): ReadonlyMap<string, Desired> {
    return this.#desired.all();
  }

  /** What is remembered of schedules, by workload. */
  schedules(): ReadonlyMap<string, ScheduleRecord> {
    return this.#schedules.all();
  }

  setSchedule(workload: string, record: ScheduleRecord): void {
    this.#schedules.set(workload, record);
  }

  dropSchedule(workload: string): void {
    this.#schedules.delete(workload);
  }

  /** The newest receipt of an order, or of a refused one of that id where none was accepted. */
  newestReceipt(order: string): Receipt | undefined {
    return this.#receipts.newestOf(order);
  }

  /** The newest receipt of each order, newest first. */
  newestReceipts(limit: number): Receipt[] {
    return this.#receipts.newestOfEach(limit);
  }

  receiptsAfter(after: number, limit: number): Receipt[] {
    return this.#receipts.after(after, limit);
  }

  recordEvent(event: Omit<Event, "id" | "at">): Event {
    return this.#database.transaction(() => this.#events.insert({ at: this.#now(), ...event }));
  }

  eventsAfter(after: number, limit: number): Event[] {
    return this.#events.after(after, limit);
  }

  /** The newest events after a number, oldest of them first. */
  newestEvents(after: number, limit: number): Event[] {
    return this.#events.newest(after, limit);
  }

  /** Sets aside `count` numbers of a counter and gives the first; see {@link reserveNumbers}. */
  reserve(counter: string, count: number): number {
    return reserveNumbers(this.#database, counter, count);
  }

  /** A transaction that changes orders or desired state. */
  #change<T>(work: () => T extends PromiseLike<unknown> ? never : T): T {
    const forget = () => {
      this.#orders.forget();
      this.#desired.forget();
    };
    forget();
    try {
      return this.#database.transaction(work);
    } finally {
      // What was read inside is as it will be only if the commit came off.
      forget();
    }
  }

  #supersede(workload: string, by: string): void {
    for (const earlier of this.unfinished()) {
      if (earlier.workload !== workload || earlier.outcome === undefined) continue;
      this.#orders.setStatus(earlier.id, "superseded");
      const reason = { code: "superseded", message: `order ${by} came for the same workload` };
      this.#writeReceipt(earlier, { status: "superseded", reason }, true);
    }
  }

  #writeReceipt(
    order: { id: string; origin: Origin; issuer: string; action: Action | undefined },
    { status, reason, ...results }: Advance,
    verified: boolean,
    key = order.id,
  ): Receipt {
    const { id, origin, issuer, action } = order;
    const receipt = this.#receipts.insert(key, {
      order: id,
      device: this.#device,
      status,
      at: this.#now(),
      origin,
      issuer,
      verified,
      ...(action === undefined ? {} : { action: describe(action) }),
      ...(reason === undefined ? {} : { reason }),
      ...results,
    });
    const event = eventOfReceipt(receipt);
    if (event !== undefined) this.#events.insert(event);
    return receipt;
  }

  #now(): string {
    return this.#clock.now().toISOString();
  }
}

function describe(action: Action): NonNullable<Receipt["action"]> {
  const workload = workloadOf(action);
  return { kind: action.kind, ...(workload === undefined ? {} : { workload }) };
}
