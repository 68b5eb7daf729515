import type { Database } from "../host/database.ts";
import { type Reason, ReasonError } from "../model/reason.ts";

/**
 * What no restart of the supervisor mends: its disk is full, broken or read-only, or the file is damaged. What it has in
 * memory still serves, and a new one could not even read who it is.
 */
const LASTING = ["disk-full", "database-unusable", "database-corrupt"];

/** Looks after the supervisor's database while it runs. */
export interface DatabaseWatch {
  /** Tries the database; false when a restart might help. */
  check(): boolean;
  /** What is wrong with it. */
  reason(): Reason | undefined;
}

/** Makes a watch that has found nothing yet. */
export function watchDatabase(database: Pick<Database, "probe">): DatabaseWatch {
  let found: Reason | undefined;
  return {
    check() {
      try {
        database.probe();
        found = undefined;
        return true;
      } catch (error) {
        const lasts = error instanceof ReasonError && LASTING.includes(error.reason.code);
        // After a disk's error SQLite takes what it has read for damaged: the first word is the right one.
        if (lasts && found?.code !== "database-unusable") found = error.reason;
        return lasts;
      }
    },
    reason: () => found,
  };
}
