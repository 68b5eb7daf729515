import type { Migration } from "../host/migrations.ts";
import journal from "./migrations/0001-journal.sql" with { type: "text" };
import schedules from "./migrations/0002-schedules.sql" with { type: "text" };

/** The schema of the supervisor's database, step by step. A step that has been released is never changed. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "0001-journal", sql: journal },
  { version: 2, name: "0002-schedules", sql: schedules },
];
