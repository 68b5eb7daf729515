import { z } from "zod";
import type { Database } from "../../host/database.ts";
import { Event } from "../../model/event.ts";
import { lastId } from "./last-id.ts";

const Row = z.object({ id: z.int(), body: z.string() });

/** What happened on the device; the oldest goes when there are more than `most`. */
export class EventTable {
  readonly #database: Database;
  readonly #most: number;

  constructor(database: Database, most: number) {
    this.#database = database;
    this.#most = most;
  }

  insert(body: Omit<Event, "id">): Event {
    this.#database.run("INSERT INTO events (body) VALUES ($body)", { body: JSON.stringify(body) });
    const id = lastId(this.#database);
    this.#database.run("DELETE FROM events WHERE id <= $oldest", { oldest: id - this.#most });
    return { id, ...body };
  }

  after(after: number, limit: number): Event[] {
    return this.#database
      .all(Row, "SELECT id, body FROM events WHERE id > $after ORDER BY id LIMIT $limit", { after, limit })
      .map(toEvent);
  }

  /** The newest events after a number, oldest of them first. */
  newest(after: number, limit: number): Event[] {
    return this.#database
      .all(Row, "SELECT id, body FROM events WHERE id > $after ORDER BY id DESC LIMIT $limit", { after, limit })
      .map(toEvent)
      .reverse();
  }
}

function toEvent(row: z.infer<typeof Row>): Event {
  return Event.parse({ id: row.id, ...z.record(z.string(), z.unknown()).parse(JSON.parse(row.body)) });
}
