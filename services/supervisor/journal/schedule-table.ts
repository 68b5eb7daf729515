import { z } from "zod";
import type { Database } from "../../host/database.ts";
import { ScheduleRecord } from "../schedule/record.ts";

const Row = z.object({ workload: z.string(), body: z.string() });

/** What is remembered of schedules, by workload. */
export class ScheduleTable {
  readonly #database: Database;
  /** Read once: nothing else writes it. */
  #all: Map<string, ScheduleRecord> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  all(): ReadonlyMap<string, ScheduleRecord> {
    return this.#read();
  }

  set(workload: string, record: ScheduleRecord): void {
    this.#database.run(
      `INSERT INTO schedules (workload, body) VALUES ($workload, $body)
       ON CONFLICT (workload) DO UPDATE SET body = excluded.body`,
      { workload, body: JSON.stringify(record) },
    );
    this.#read().set(workload, record);
  }

  delete(workload: string): void {
    this.#database.run("DELETE FROM schedules WHERE workload = $workload", { workload });
    this.#read().delete(workload);
  }

  #read(): Map<string, ScheduleRecord> {
    this.#all ??= new Map(
      this.#database
        .all(Row, "SELECT workload, body FROM schedules ORDER BY workload")
        .map(({ workload, body }) => [workload, ScheduleRecord.parse(JSON.parse(body))]),
    );
    return this.#all;
  }
}
