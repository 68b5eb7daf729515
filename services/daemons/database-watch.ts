import type { Database } from "../host/database.ts";
import { type Reason, ReasonError } from "../model/reason.ts";

/** What no restart of the supervisor mends: its disk is full, broken or read-only. What it has in memory still serves. */
const THE_DISKS = ["disk-full", "database-unusable"];

/** Looks after the supervisor's database while it runs. */
export interface DatabaseWatch {
  /** Tries the database; false when a restart might help. */
  check(): boolean;
  /** What the newest check found wrong with its disk. */
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
        found = error instanceof ReasonError && THE_DISKS.includes(error.reason.code) ? error.reason : undefined;
        return found !== undefined;
      }
    },
    reason: () => found,
  };
}
