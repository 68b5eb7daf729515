import { z } from "zod";
import type { Database } from "../host/database.ts";
import { Action, workloadOf } from "../model/action.ts";
import { Event } from "../model/event.ts";
import { Origin } from "../model/order.ts";
import { type Reason, ReasonError } from "../model/reason.ts";
import { isFinal, OrderStatus, Receipt } from "../model/receipt.ts";
import { eventOfReceipt } from "./order-event.ts";
import type { Clock } from "./ports.ts";
import { Outcome, Target } from "./target.ts";

/** An order as the journal holds it. */
export interface JournalledOrder {
  readonly id: string;
  readonly origin: Origin;
  readonly issuer: string;
  readonly workload: string;
  readonly action: Action;
  /** What it makes of its workload; undefined for an act. */
  readonly outcome: Outcome | undefined;
  readonly status: OrderStatus;
}

/** An order that passed every check, on its way into the journal. */
export interface Acceptance {
  readonly id: string;
  readonly origin: Origin;
  readonly issuer: string;
  readonly action: Action;
  readonly outcome: Outcome | undefined;
  /** The signing key and the order's place in its sequence; undefined for an unsigned order. */
  readonly signature: { readonly keyId: string; readonly sequence: number } | undefined;
}

/** What ends or moves an order on. */
export interface Advance {
  readonly status: OrderStatus;
  readonly reason?: Reason;
  readonly exec?: Receipt["exec"];
  readonly logs?: Receipt["logs"];
}

/** A workload the device keeps, and the order and person that made it so. */
export interface Desired {
  readonly target: Target;
  readonly order: string;
  readonly issuer: string;
}

const OrderRow = z.object({
  id: z.string(),
  origin: Origin,
  issuer: z.string(),
  workload: z.string(),
  action: z.string(),
  target: z.string().nullable(),
  status: OrderStatus,
});
const DesiredRow = z.object({ workload: z.string(), target: z.string(), order_id: z.string(), issuer: z.string() });
const ReceiptRow = z.object({ sequence: z.int(), body: z.string() });
const EventRow = z.object({ id: z.int(), body: z.string() });
const CountRow = z.object({ value: z.int().nullable() });

/** How much of the past is kept; what has not ended always is. */
export interface Retention {
  readonly endedOrders: number;
  readonly refusals: number;
  readonly events: number;
}

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
  /** Read and parsed once until they change: they are asked for at every change of anything on the device. */
  #unfinished: readonly JournalledOrder[] | undefined;
  #desired: ReadonlyMap<string, Desired> | undefined;

  constructor(database: Database, options: { device: string; clock: Clock; retention?: Retention }) {
    this.#retention = options.retention ?? RETENTION;
    this.#database = database;
    this.#device = options.device;
    this.#clock = options.clock;
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
      if (order.outcome !== undefined) this.#supersede(workload, order.id);
      this.#database.run(
        `INSERT INTO orders (id, number, origin, issuer, key_id, sequence, workload, kind, action, target, status, accepted_at)
         VALUES ($id, (SELECT coalesce(max(number), 0) + 1 FROM orders), $origin, $issuer, $key, $sequence, $workload, $kind,
                 $action, $target, 'accepted', $at)`,
        {
          id: order.id,
          origin: order.origin,
          issuer: order.issuer,
          key: order.signature?.keyId ?? null,
          sequence: order.signature?.sequence ?? null,
          workload,
          kind: order.action.kind,
          action: JSON.stringify(order.action),
          target: order.outcome === undefined ? null : JSON.stringify(order.outcome),
          at: this.#now(),
        },
      );
      this.#spend(order.signature);
      const receipt = this.#writeReceipt(order, { status: "accepted" }, true);
      this.#prune();
      return receipt;
    });
  }

  /**
   * Writes down that an order was refused. Its id is not taken: a right order of that id may still come. With
   * `signature` its place in the issuer's sequence is spent all the same, so that it cannot be replayed later.
   */
  refuse(refused: {
    id: string;
    origin: Origin;
    issuer: string;
    verified: boolean;
    action: Action | undefined;
    reason: Reason;
    status: "rejected" | "expired";
    signature?: Acceptance["signature"];
  }): Receipt {
    return this.#database.transaction(() => {
      this.#spend(refused.signature);
      const key = refusedKey(refused.id);
      const advance = { status: refused.status, reason: refused.reason };
      const receipt = this.#writeReceipt(refused, advance, refused.verified, key);
      this.#database.run("DELETE FROM receipts WHERE sequence <= $oldest AND order_id GLOB $refused", {
        oldest: receipt.sequence - this.#retention.refusals,
        refused: refusedKey("*"),
      });
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
      this.#database.run("UPDATE orders SET status = $status WHERE id = $id", { status: advance.status, id });
      if (desired !== undefined) this.#writeDesired(order, desired);
      return this.#writeReceipt(order, advance, true);
    });
  }

  order(id: string): JournalledOrder | undefined {
    const row = this.#database.get(OrderRow, "SELECT * FROM orders WHERE id = $id", { id });
    return row === undefined ? undefined : toOrder(row);
  }

  /** Orders that have not ended, oldest first. */
  unfinished(): readonly JournalledOrder[] {
    this.#unfinished ??= this.#database
      .all(OrderRow, "SELECT * FROM orders WHERE status IN ('accepted', 'running') ORDER BY number")
      .map(toOrder);
    return this.#unfinished;
  }

  /** The highest sequence accepted from a signing key; 0 before the first. */
  lastSequence(keyId: string): number {
    const row = this.#database.get(CountRow, "SELECT last_sequence AS value FROM issuers WHERE key_id = $keyId", {
      keyId,
    });
    return row?.value ?? 0;
  }

  desired(): ReadonlyMap<string, Desired> {
    if (this.#desired !== undefined) return this.#desired;
    const rows = this.#database.all(
      DesiredRow,
      "SELECT workload, target, order_id, issuer FROM desired ORDER BY workload",
    );
    this.#desired = new Map(
      rows.map((row) => [
        row.workload,
        { target: Target.parse(JSON.parse(row.target)), order: row.order_id, issuer: row.issuer },
      ]),
    );
    return this.#desired;
  }

  /** The newest receipt of an order, or of a refused one of that id where none was accepted. */
  newestReceipt(order: string): Receipt | undefined {
    return this.#newestReceipt(order) ?? this.#newestReceipt(refusedKey(order));
  }

  #newestReceipt(order: string): Receipt | undefined {
    const row = this.#database.get(
      ReceiptRow,
      "SELECT sequence, body FROM receipts WHERE order_id = $order ORDER BY sequence DESC LIMIT 1",
      { order },
    );
    return row === undefined ? undefined : toReceipt(row);
  }

  /** The newest receipt of each order, newest first. */
  newestReceipts(limit: number): Receipt[] {
    return this.#database
      .all(
        ReceiptRow,
        `SELECT max(sequence) AS sequence, body FROM receipts GROUP BY order_id ORDER BY sequence DESC LIMIT $limit`,
        { limit },
      )
      .map(toReceipt);
  }

  receiptsAfter(after: number, limit: number): Receipt[] {
    return this.#database
      .all(ReceiptRow, "SELECT sequence, body FROM receipts WHERE sequence > $after ORDER BY sequence LIMIT $limit", {
        after,
        limit,
      })
      .map(toReceipt);
  }

  recordEvent(event: Omit<Event, "id" | "at">): Event {
    return this.#database.transaction(() => this.#writeEvent({ at: this.#now(), ...event }));
  }

  eventsAfter(after: number, limit: number): Event[] {
    return this.#database
      .all(EventRow, "SELECT id, body FROM events WHERE id > $after ORDER BY id LIMIT $limit", { after, limit })
      .map(toEvent);
  }

  /** The newest events after a number, oldest of them first. */
  newestEvents(after: number, limit: number): Event[] {
    return this.#database
      .all(EventRow, "SELECT id, body FROM events WHERE id > $after ORDER BY id DESC LIMIT $limit", { after, limit })
      .map(toEvent)
      .reverse();
  }

  /**
   * Sets aside `count` numbers and gives the first: a counter kept in memory from there on does not go back over a
   * restart, at the price of one write a start. On a full disk nothing is set aside, and the supervisor starts all the same.
   */
  reserve(counter: string, count: number): number {
    const row = this.#database.get(CountRow, "SELECT value FROM counters WHERE name = $counter", { counter });
    const first = row?.value ?? 0;
    try {
      this.#database.run(
        "INSERT INTO counters (name, value) VALUES ($counter, $next) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        { counter, next: first + count },
      );
    } catch (error) {
      if (!(error instanceof ReasonError && error.transient)) throw error;
    }
    return first;
  }

  /** A transaction that changes orders or desired state. */
  #change<T>(work: () => T extends PromiseLike<unknown> ? never : T): T {
    const forget = () => {
      this.#unfinished = undefined;
      this.#desired = undefined;
    };
    forget();
    try {
      return this.#database.transaction(work);
    } finally {
      // What was read inside is as it will be only if the commit came off.
      forget();
    }
  }

  #spend(signature: Acceptance["signature"]): void {
    if (signature === undefined) return;
    this.#database.run(
      `INSERT INTO issuers (key_id, last_sequence) VALUES ($key, $sequence)
       ON CONFLICT (key_id) DO UPDATE SET last_sequence = max(last_sequence, excluded.last_sequence)`,
      { key: signature.keyId, sequence: signature.sequence },
    );
  }

  #supersede(workload: string, by: string): void {
    for (const earlier of this.unfinished()) {
      if (earlier.workload !== workload || earlier.outcome === undefined) continue;
      this.#database.run("UPDATE orders SET status = 'superseded' WHERE id = $id", { id: earlier.id });
      const reason = { code: "superseded", message: `order ${by} came for the same workload` };
      this.#writeReceipt(earlier, { status: "superseded", reason }, true);
    }
  }

  #writeDesired(order: JournalledOrder, outcome: Outcome): void {
    if (outcome === "removed") {
      this.#database.run("DELETE FROM desired WHERE workload = $workload", { workload: order.workload });
      return;
    }
    this.#database.run(
      `INSERT INTO desired (workload, target, order_id, issuer, updated_at) VALUES ($workload, $target, $order, $issuer, $at)
       ON CONFLICT (workload) DO UPDATE SET target = excluded.target, order_id = excluded.order_id,
         issuer = excluded.issuer, updated_at = excluded.updated_at`,
      {
        workload: order.workload,
        target: JSON.stringify(outcome),
        order: order.id,
        issuer: order.issuer,
        at: this.#now(),
      },
    );
  }

  #writeReceipt(
    order: { id: string; origin: Origin; issuer: string; action: Action | undefined },
    advance: Advance,
    verified: boolean,
    key = order.id,
  ): Receipt {
    const body: Omit<Receipt, "sequence"> = {
      order: order.id,
      device: this.#device,
      status: advance.status,
      at: this.#now(),
      origin: order.origin,
      issuer: order.issuer,
      verified,
      ...(order.action === undefined
        ? {}
        : { action: { kind: order.action.kind, workload: workloadOf(order.action) } }),
      ...(advance.reason === undefined ? {} : { reason: advance.reason }),
      ...(advance.exec === undefined ? {} : { exec: advance.exec }),
      ...(advance.logs === undefined ? {} : { logs: advance.logs }),
    };
    this.#database.run("INSERT INTO receipts (order_id, body) VALUES ($order, $body)", {
      order: key,
      body: JSON.stringify(body),
    });
    const receipt = { sequence: this.#lastId(), ...body };
    const event = eventOfReceipt(receipt);
    if (event !== undefined) this.#writeEvent(event);
    return receipt;
  }

  #writeEvent(body: Omit<Event, "id">): Event {
    this.#database.run("INSERT INTO events (body) VALUES ($body)", { body: JSON.stringify(body) });
    const id = this.#lastId();
    this.#database.run("DELETE FROM events WHERE id <= $oldest", { oldest: id - this.#retention.events });
    return { id, ...body };
  }

  #prune(): void {
    const oldest = "SELECT max(number) - $most FROM orders";
    this.#database.run(
      `DELETE FROM receipts WHERE order_id IN (SELECT id FROM orders WHERE number <= (${oldest})
         AND status NOT IN ('accepted', 'running'))`,
      { most: this.#retention.endedOrders },
    );
    this.#database.run(`DELETE FROM orders WHERE number <= (${oldest}) AND status NOT IN ('accepted', 'running')`, {
      most: this.#retention.endedOrders,
    });
  }

  #lastId(): number {
    return this.#database.get(CountRow, "SELECT last_insert_rowid() AS value")?.value ?? 0;
  }

  #now(): string {
    return this.#clock.now().toISOString();
  }
}

function toOrder(row: z.infer<typeof OrderRow>): JournalledOrder {
  return {
    id: row.id,
    origin: row.origin,
    issuer: row.issuer,
    workload: row.workload,
    action: Action.parse(JSON.parse(row.action)),
    outcome: row.target === null ? undefined : Outcome.parse(JSON.parse(row.target)),
    status: row.status,
  };
}

function toReceipt(row: z.infer<typeof ReceiptRow>): Receipt {
  return Receipt.parse({ sequence: row.sequence, ...z.record(z.string(), z.unknown()).parse(JSON.parse(row.body)) });
}

function toEvent(row: z.infer<typeof EventRow>): Event {
  return Event.parse({ id: row.id, ...z.record(z.string(), z.unknown()).parse(JSON.parse(row.body)) });
}

/** What a refused order's receipts are kept under, so that a forged one can never speak for the order whose id it took. */
function refusedKey(id: string): string {
  return `refused:${id}`;
}
