import { z } from "zod";
import { Feed } from "../async/feed.ts";
import { type Database, openDatabase } from "../host/database.ts";
import outboxSql from "./migrations/0001-outbox.sql" with { type: "text" };

/** What the outbox holds, each drained in order and apart from the others. */
const MESSAGE_KINDS = ["receipt", "event", "problem"] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** A message the broker does not have. */
export interface WaitingMessage {
  readonly id: number;
  readonly payload: string;
}

/** How much the outbox may hold. */
export interface OutboxLimits {
  readonly rows: number;
  readonly bytes: number;
  /** Receipts kept after the broker took them, to be sent again should the broker lose its memory. */
  readonly sentReceipts: number;
}

const LIMITS: OutboxLimits = { rows: 100_000, bytes: 64 * 1024 * 1024, sentReceipts: 1_000 };

const MessageRow = z.object({ id: z.int(), payload: z.string() });
const SizeRow = z.object({ rows: z.int(), bytes: z.int() });
const DoomedRow = z.object({ id: z.int(), kind: z.enum(MESSAGE_KINDS), bytes: z.int(), sent: z.int() });
const NumberRow = z.object({ value: z.int() });
const LeaseRow = z.object({ workload: z.string(), until: z.string() });

/**
 * What the device has to say and the broker does not have yet. Each message is written together with the cursor of the
 * feed it came from, so that a crash at any moment leaves neither a hole nor a loss: at worst something is said twice.
 */
export class Outbox {
  /** Woken when something new waits. */
  readonly added = new Feed();
  readonly #database: Database;
  readonly #limits: OutboxLimits;
  #rows: number;
  #bytes: number;

  constructor(database: Database, limits: OutboxLimits = LIMITS) {
    this.#database = database;
    this.#limits = limits;
    // A commit that a power cut takes back takes its cursor back with it, and the supervisor gives the message again:
    // the order of commits is enough, waiting for the disk is not needed (https://sqlite.org/pragma.html#pragma_synchronous).
    database.run("PRAGMA synchronous = NORMAL");
    const size = database.get(SizeRow, "SELECT count(*) AS rows, coalesce(sum(bytes), 0) AS bytes FROM outbox");
    this.#rows = size?.rows ?? 0;
    this.#bytes = size?.bytes ?? 0;
  }

  /** How far a feed was read; 0 at first. */
  cursor(feed: "receipts" | "events"): number {
    return this.#number("SELECT position AS value FROM cursors WHERE feed = $feed", { feed });
  }

  /** Takes a receipt from the supervisor's feed. One already taken changes nothing. Gives whether it was new. */
  takeReceipt(sequence: number, payload: string): boolean {
    return this.#take("receipts", sequence, () => this.#insert("receipt", payload));
  }

  /** Takes an event from the supervisor's feed. Numbers left out since the last one count as let go. */
  takeEvent(id: number, payload: string): boolean {
    return this.#take("events", id, (before) => {
      if (before > 0 && id > before + 1) this.#countDropped("event", id - before - 1);
      this.#insert("event", payload);
    });
  }

  takeProblem(payload: string): void {
    this.#database.transaction(() => this.#insert("problem", payload));
    this.added.notify();
  }

  /** The oldest messages of a kind that the broker does not have. */
  waiting(kind: MessageKind, limit: number): WaitingMessage[] {
    return this.#database.all(
      MessageRow,
      "SELECT id, payload FROM outbox WHERE sent = 0 AND kind = $kind ORDER BY id LIMIT $limit",
      { kind, limit },
    );
  }

  /** The broker has these. */
  markSent(kind: MessageKind, messages: readonly WaitingMessage[]): void {
    this.#database.transaction(() => {
      for (const { id } of messages) {
        if (kind === "receipt") this.#database.run("UPDATE outbox SET sent = 1 WHERE id = $id", { id });
        else this.#delete(id);
      }
      if (kind === "receipt") this.#forgetSent(this.#limits.sentReceipts);
    });
  }

  /** The broker lost its memory, and with it perhaps what it had not handed on: what it took last waits again. */
  sendAgain(): void {
    this.#database.run("UPDATE outbox SET sent = 0 WHERE sent = 1");
    this.added.notify();
  }

  /** How many were let go, ever. */
  dropped(): { events: number; receipts: number } {
    const count = (kind: MessageKind) =>
      this.#number("SELECT count AS value FROM dropped WHERE kind = $kind", { kind });
    return { events: count("event"), receipts: count("receipt") };
  }

  /** Until when the lines of each workload are to be published. */
  logLeases(): { workload: string; until: string }[] {
    return this.#database.all(LeaseRow, "SELECT workload, until FROM log_leases");
  }

  setLogLease(workload: string, until: string): void {
    this.#database.run(
      `INSERT INTO log_leases (workload, until) VALUES ($workload, $until)
       ON CONFLICT (workload) DO UPDATE SET until = max(until, excluded.until)`,
      { workload, until },
    );
  }

  endLogLease(workload: string): void {
    this.#database.run("DELETE FROM log_leases WHERE workload = $workload", { workload });
  }

  /** Throws when the database does not work. */
  probe(): void {
    this.#database.probe();
  }

  close(): void {
    this.#database.close();
  }

  #take(feed: "receipts" | "events", position: number, insert: (before: number) => void): boolean {
    const taken = this.#database.transaction(() => {
      const before = this.cursor(feed);
      if (position <= before) return false;
      insert(before);
      this.#database.run(
        `INSERT INTO cursors (feed, position) VALUES ($feed, $position)
         ON CONFLICT (feed) DO UPDATE SET position = excluded.position`,
        { feed, position },
      );
      return true;
    });
    if (taken) this.added.notify();
    return taken;
  }

  #insert(kind: MessageKind, payload: string): void {
    const bytes = new TextEncoder().encode(payload).length;
    this.#database.run("INSERT INTO outbox (kind, payload, bytes) VALUES ($kind, $payload, $bytes)", {
      kind,
      payload,
      bytes,
    });
    this.#rows++;
    this.#bytes += bytes;
    while (this.#rows > this.#limits.rows || this.#bytes > this.#limits.bytes) if (!this.#letGo()) return;
  }

  /** Makes room: copies of what the broker has go first, then problems and events, and receipts only at the very last. */
  #letGo(): boolean {
    const doomed = this.#database.get(
      DoomedRow,
      "SELECT id, kind, bytes, sent FROM outbox ORDER BY sent DESC, kind = 'receipt', id LIMIT 1",
    );
    if (doomed === undefined) return false;
    this.#delete(doomed.id);
    if (doomed.sent === 0) this.#countDropped(doomed.kind, 1);
    return true;
  }

  #forgetSent(keep: number): void {
    const rows = this.#database.all(
      NumberRow,
      "SELECT id AS value FROM outbox WHERE sent = 1 ORDER BY id DESC LIMIT -1 OFFSET $keep",
      { keep },
    );
    for (const { value } of rows) this.#delete(value);
  }

  #delete(id: number): void {
    const bytes = this.#number("SELECT bytes AS value FROM outbox WHERE id = $id", { id });
    if (this.#database.run("DELETE FROM outbox WHERE id = $id", { id }).changes === 0) return;
    this.#rows--;
    this.#bytes -= bytes;
  }

  #countDropped(kind: MessageKind, count: number): void {
    this.#database.run(
      `INSERT INTO dropped (kind, count) VALUES ($kind, $count)
       ON CONFLICT (kind) DO UPDATE SET count = count + excluded.count`,
      { kind, count },
    );
  }

  #number(sql: string, parameters: Record<string, string | number>): number {
    return this.#database.get(NumberRow, sql, parameters)?.value ?? 0;
  }
}

/** Opens the outbox at `path`, or makes it. Throws as `openDatabase` does. */
export function openOutbox(path: string, limits: OutboxLimits = LIMITS): Outbox {
  return new Outbox(openDatabase(path, [{ version: 1, name: "0001-outbox", sql: outboxSql }]), limits);
}
