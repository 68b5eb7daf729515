import { z } from "zod";
import type { Database } from "../../host/database.ts";
import { ReasonError } from "../../model/reason.ts";
import type { OrderSignature } from "./entries.ts";

const Row = z.object({ value: z.int() });

/** The highest sequence accepted from a signing key; 0 before the first. */
export function lastSequence(database: Database, keyId: string): number {
  return database.get(Row, "SELECT last_sequence AS value FROM issuers WHERE key_id = $keyId", { keyId })?.value ?? 0;
}

/** Notes that a place in a key's sequence is taken: what is not above it is a replay. */
export function spendSequence(database: Database, signature: OrderSignature | undefined): void {
  if (signature === undefined) return;
  database.run(
    `INSERT INTO issuers (key_id, last_sequence) VALUES ($key, $sequence)
     ON CONFLICT (key_id) DO UPDATE SET last_sequence = max(last_sequence, excluded.last_sequence)`,
    { key: signature.keyId, sequence: signature.sequence },
  );
}

/**
 * Sets aside `count` numbers and gives the first: a counter kept in memory from there on does not go back over a
 * restart, at the price of one write a start. On a full disk nothing is set aside, and the supervisor starts all the same.
 */
export function reserveNumbers(database: Database, counter: string, count: number): number {
  const first = database.get(Row, "SELECT value FROM counters WHERE name = $counter", { counter })?.value ?? 0;
  try {
    database.run(
      "INSERT INTO counters (name, value) VALUES ($counter, $next) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      { counter, next: first + count },
    );
  } catch (error) {
    if (!(error instanceof ReasonError && error.transient)) throw error;
  }
  return first;
}
