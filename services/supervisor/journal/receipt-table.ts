import { z } from "zod";
import type { Database } from "../../host/database.ts";
import { Receipt } from "../../model/receipt.ts";
import { lastId } from "./last-id.ts";

const Row = z.object({ sequence: z.int(), body: z.string() });

/** Every change of an order's status, by a sequence that followers resume from. */
export class ReceiptTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  insert(key: string, body: Omit<Receipt, "sequence">): Receipt {
    this.#database.run("INSERT INTO receipts (order_id, body) VALUES ($key, $body)", {
      key,
      body: JSON.stringify(body),
    });
    return { sequence: lastId(this.#database), ...body };
  }

  /** The newest receipt of an order, or of a refused one of that id where none was accepted. */
  newestOf(order: string): Receipt | undefined {
    return this.#newest(order) ?? this.#newest(refusedKey(order));
  }

  #newest(key: string): Receipt | undefined {
    const row = this.#database.get(
      Row,
      "SELECT sequence, body FROM receipts WHERE order_id = $key ORDER BY sequence DESC LIMIT 1",
      { key },
    );
    return row === undefined ? undefined : toReceipt(row);
  }

  /** The newest receipt of each order, newest first. */
  newestOfEach(limit: number): Receipt[] {
    return this.#database
      .all(
        Row,
        `SELECT max(sequence) AS sequence, body FROM receipts GROUP BY order_id ORDER BY sequence DESC LIMIT $limit`,
        { limit },
      )
      .map(toReceipt);
  }

  after(after: number, limit: number): Receipt[] {
    return this.#database
      .all(Row, "SELECT sequence, body FROM receipts WHERE sequence > $after ORDER BY sequence LIMIT $limit", {
        after,
        limit,
      })
      .map(toReceipt);
  }

  /** Drops receipts of refused orders up to a sequence. */
  dropRefused(oldest: number): void {
    this.#database.run("DELETE FROM receipts WHERE sequence <= $oldest AND order_id GLOB $refused", {
      oldest,
      refused: refusedKey("*"),
    });
  }
}

/** What a refused order's receipts are kept under, so that a forged one can never speak for the order whose id it took. */
export function refusedKey(id: string): string {
  return `refused:${id}`;
}

function toReceipt(row: z.infer<typeof Row>): Receipt {
  return Receipt.parse({ sequence: row.sequence, ...z.record(z.string(), z.unknown()).parse(JSON.parse(row.body)) });
}
