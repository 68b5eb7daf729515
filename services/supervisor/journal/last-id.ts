import { z } from "zod";
import type { Database } from "../../host/database.ts";

const Row = z.object({ id: z.int() });

/** The number the last insertion gave its row. */
export function lastId(database: Database): number {
  return database.get(Row, "SELECT last_insert_rowid() AS id")?.id ?? 0;
}
