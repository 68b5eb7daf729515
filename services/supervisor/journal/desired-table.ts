import { z } from "zod";
import type { Database } from "../../host/database.ts";
import { type Outcome, Target } from "../target.ts";
import type { Desired, JournalledOrder } from "./entries.ts";

const Row = z.object({ workload: z.string(), target: z.string(), order_id: z.string(), issuer: z.string() });

/** What the device keeps running, by workload. */
export class DesiredTable {
  readonly #database: Database;
  /** Read and parsed once until it changes: it is asked for at every change of anything on the device. */
  #all: ReadonlyMap<string, Desired> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  all(): ReadonlyMap<string, Desired> {
    this.#all ??= new Map(
      this.#database
        .all(Row, "SELECT workload, target, order_id, issuer FROM desired ORDER BY workload")
        .map(({ workload, target, order_id: order, issuer }) => [
          workload,
          { target: Target.parse(JSON.parse(target)), order, issuer },
        ]),
    );
    return this.#all;
  }

  /** Drops what was read: it may have changed. */
  forget(): void {
    this.#all = undefined;
  }

  /** What an order has made of its workload. */
  set({ workload, id, issuer }: JournalledOrder, outcome: Outcome, at: string): void {
    if (outcome === "removed") {
      this.#database.run("DELETE FROM desired WHERE workload = $workload", { workload });
      return;
    }
    this.#database.run(
      `INSERT INTO desired (workload, target, order_id, issuer, updated_at) VALUES ($workload, $target, $id, $issuer, $at)
       ON CONFLICT (workload) DO UPDATE SET target = excluded.target, order_id = excluded.order_id,
         issuer = excluded.issuer, updated_at = excluded.updated_at`,
      { workload, target: JSON.stringify(outcome), id, issuer, at },
    );
  }
}
