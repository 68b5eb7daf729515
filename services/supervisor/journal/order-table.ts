import { z } from "zod";
import type { Database } from "../../host/database.ts";
import { Action, workloadOf } from "../../model/action.ts";
import { Origin } from "../../model/order.ts";
import { OrderStatus } from "../../model/receipt.ts";
import { Outcome } from "../target.ts";
import type { Acceptance, JournalledOrder } from "./entries.ts";

const Row = z.object({
  id: z.string(),
  origin: Origin,
  issuer: z.string(),
  workload: z.string(),
  action: z.string(),
  target: z.string().nullable(),
  status: OrderStatus,
});

/** Stands for the workload of an act that is about none. */
const NO_WORKLOAD = "";

/** Accepted orders, and where each stands. */
export class OrderTable {
  readonly #database: Database;
  /** Read and parsed once until it changes: it is asked for at every change of anything on the device. */
  #unfinished: readonly JournalledOrder[] | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  insert(order: Acceptance, at: string): void {
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
        workload: workloadOf(order.action) ?? NO_WORKLOAD,
        kind: order.action.kind,
        action: JSON.stringify(order.action),
        target: order.outcome === undefined ? null : JSON.stringify(order.outcome),
        at,
      },
    );
  }

  setStatus(id: string, status: OrderStatus): void {
    this.#database.run("UPDATE orders SET status = $status WHERE id = $id", { status, id });
  }

  get(id: string): JournalledOrder | undefined {
    const row = this.#database.get(Row, "SELECT * FROM orders WHERE id = $id", { id });
    return row === undefined ? undefined : toOrder(row);
  }

  /** Whether there is any order about a workload. */
  about(workload: string): boolean {
    const query = "SELECT count(*) AS orders FROM (SELECT 1 FROM orders WHERE workload = $workload LIMIT 1)";
    return this.#database.get(z.object({ orders: z.int() }), query, { workload })?.orders === 1;
  }

  /** Orders that have not ended, oldest first. */
  unfinished(): readonly JournalledOrder[] {
    this.#unfinished ??= this.#database
      .all(Row, "SELECT * FROM orders WHERE status IN ('accepted', 'running') ORDER BY number")
      .map(toOrder);
    return this.#unfinished;
  }

  /** Drops what was read: it may have changed. */
  forget(): void {
    this.#unfinished = undefined;
  }

  /** Drops ended orders and their receipts beyond the `most` newest orders. */
  prune(most: number): void {
    const oldest = "SELECT max(number) - $most FROM orders";
    const old = `number <= (${oldest}) AND status NOT IN ('accepted', 'running')`;
    this.#database.run(`DELETE FROM receipts WHERE order_id IN (SELECT id FROM orders WHERE ${old})`, { most });
    this.#database.run(`DELETE FROM orders WHERE ${old}`, { most });
  }
}

function toOrder(row: z.infer<typeof Row>): JournalledOrder {
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
