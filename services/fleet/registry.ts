import { type Database, openDatabase } from "../host/database.ts";
import { workloadOf } from "../model/action.ts";
import type { Presence } from "../model/device.ts";
import type { Event } from "../model/event.ts";
import type { FlattenedJws } from "../model/flattened-jws.ts";
import type { Order } from "../model/order.ts";
import type { Reason } from "../model/reason.ts";
import type { Receipt } from "../model/receipt.ts";
import type { State } from "../model/state.ts";
import registrySql from "./migrations/0001-registry.sql" with { type: "text" };
import {
  type DeviceRecord,
  DeviceRow,
  EventRow,
  NumberRow,
  type OrderRecord,
  OrderRow,
  ReceiptRow,
} from "./registry-rows.ts";

/** So many receipts and events are kept for each device. */
const HISTORY = 10_000;
const ORDER_DAYS = 30;

/** What the fleet remembers of its devices. Every change is on disk when the method returns. */
export class Registry {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds a device. Gives false, and changes nothing, when there is one of that name. */
  enrol(name: string, at: string): boolean {
    const sql = "INSERT INTO devices (name, enrolled_at) VALUES ($name, $at) ON CONFLICT (name) DO NOTHING";
    return this.#database.run(sql, { name, at }).changes > 0;
  }

  /**
   * Makes ready for a device that takes another's name: its key and history are forgotten, the sequence of orders goes
   * on, since what was signed before must never look new.
   */
  renew(name: string, at: string): void {
    this.#database.transaction(() => {
      for (const sql of [
        "DELETE FROM orders WHERE device = $name",
        "DELETE FROM receipts WHERE device = $name",
        "DELETE FROM events WHERE device = $name",
      ]) {
        this.#database.run(sql, { name });
      }
      this.#database.run(
        `UPDATE devices SET enrolled_at = $at, public_key = NULL, online = 0, last_seen = NULL, presence = NULL,
           state = NULL, problem = NULL WHERE name = $name`,
        { name, at },
      );
    });
  }

  devices(): DeviceRecord[] {
    return this.#database.all(DeviceRow, "SELECT * FROM devices ORDER BY name");
  }

  device(name: string): DeviceRecord | undefined {
    return this.#database.get(DeviceRow, "SELECT * FROM devices WHERE name = $name", { name });
  }

  pin(name: string, publicKey: string): void {
    const sql = "UPDATE devices SET public_key = $publicKey WHERE name = $name AND public_key IS NULL";
    this.#database.run(sql, { name, publicKey });
  }

  setPresence(name: string, presence: Presence, seen: string): void {
    this.#database.run("UPDATE devices SET online = $online, last_seen = $seen WHERE name = $name", {
      name,
      online: presence.online ? 1 : 0,
      seen,
    });
    if (!presence.online) return;
    const sql = "UPDATE devices SET presence = $presence WHERE name = $name";
    this.#database.run(sql, { name, presence: JSON.stringify(presence) });
  }

  setState(name: string, state: State): void {
    const sql = "UPDATE devices SET state = $state WHERE name = $name";
    this.#database.run(sql, { name, state: JSON.stringify(state) });
  }

  setProblem(name: string, problem: Reason): void {
    const sql = "UPDATE devices SET problem = $problem WHERE name = $name";
    this.#database.run(sql, { name, problem: JSON.stringify(problem) });
  }

  /** The next sequence for a device, never given twice, even if nothing comes of the order. */
  nextSequence(device: string): number {
    const row = this.#database.get(
      NumberRow,
      "UPDATE devices SET sequence = sequence + 1 WHERE name = $device RETURNING sequence AS value",
      { device },
    );
    if (row === undefined) throw new RangeError(`${device} is not enrolled`);
    return row.value;
  }

  addOrder(order: Order, jws: FlattenedJws): void {
    this.#database.run(
      `INSERT INTO orders (id, device, sequence, issuer, kind, workload, issued_at, expires_at, jws)
       VALUES ($id, $device, $sequence, $issuer, $kind, $workload, $issuedAt, $expiresAt, $jws)`,
      {
        id: order.id,
        device: order.device,
        sequence: order.sequence,
        issuer: order.issuer,
        kind: order.action.kind,
        workload: workloadOf(order.action) ?? "",
        issuedAt: order.issuedAt,
        expiresAt: order.expiresAt,
        jws: JSON.stringify(jws),
      },
    );
  }

  order(id: string): OrderRecord | undefined {
    return this.#database.get(OrderRow, "SELECT * FROM orders WHERE id = $id", { id });
  }

  /** A device's orders without a receipt, in the order they were signed. */
  unanswered(device: string): OrderRecord[] {
    const sql = "SELECT * FROM orders WHERE device = $device AND answered = 0 ORDER BY sequence";
    return this.#database.all(OrderRow, sql, { device });
  }

  /** Adds a receipt. Gives false, and changes nothing, when it is there already. */
  addReceipt(device: string, receipt: Receipt): boolean {
    return this.#database.transaction(() => {
      const { sequence, order } = receipt;
      const { changes } = this.#database.run(
        `INSERT INTO receipts (device, sequence, order_id, body) VALUES ($device, $sequence, $order, $body)
         ON CONFLICT (device, sequence) DO NOTHING`,
        { device, sequence, order: receipt.verified ? order : `unproven:${order}`, body: JSON.stringify(receipt) },
      );
      if (changes === 0) return false;
      const oldest = sequence - HISTORY;
      this.#database.run("DELETE FROM receipts WHERE device = $device AND sequence <= $oldest", { device, oldest });
      // What a device says of something forged must not pass for its answer to the order whose id was taken.
      if (!receipt.verified) return true;
      this.#database.run("UPDATE orders SET answered = 1 WHERE id = $order AND device = $device", { order, device });
      return true;
    });
  }

  /** The newest receipt of one of a device's orders. */
  receiptOf(device: string, order: string): Receipt | undefined {
    return this.#database.get(
      ReceiptRow,
      "SELECT body FROM receipts WHERE device = $device AND order_id = $order ORDER BY sequence DESC LIMIT 1",
      { device, order },
    );
  }

  /** The newest receipt of each order a device answered, newest first. */
  newestReceipts(device: string, limit: number): Receipt[] {
    return this.#database.all(
      ReceiptRow,
      `SELECT body, max(sequence) AS newest FROM receipts WHERE device = $device
       GROUP BY order_id ORDER BY newest DESC LIMIT $limit`,
      { device, limit },
    );
  }

  receiptsAfter(device: string, after: number, limit: number): Receipt[] {
    return this.#database.all(
      ReceiptRow,
      "SELECT body FROM receipts WHERE device = $device AND sequence > $after ORDER BY sequence LIMIT $limit",
      { device, after, limit },
    );
  }

  addEvent(device: string, event: Event): boolean {
    const { changes } = this.#database.run(
      "INSERT INTO events (device, id, body) VALUES ($device, $id, $body) ON CONFLICT (device, id) DO NOTHING",
      { device, id: event.id, body: JSON.stringify(event) },
    );
    const oldest = event.id - HISTORY;
    if (changes > 0)
      this.#database.run("DELETE FROM events WHERE device = $device AND id <= $oldest", { device, oldest });
    return changes > 0;
  }

  eventsAfter(device: string, after: number, limit: number): Event[] {
    return this.#database.all(
      EventRow,
      "SELECT body FROM events WHERE device = $device AND id > $after ORDER BY id LIMIT $limit",
      { device, after, limit },
    );
  }

  /** The newest events after a number, oldest of them first. */
  newestEvents(device: string, after: number, limit: number): Event[] {
    return this.#database
      .all(EventRow, "SELECT body FROM events WHERE device = $device AND id > $after ORDER BY id DESC LIMIT $limit", {
        device,
        after,
        limit,
      })
      .reverse();
  }

  /** Forgets orders whose term ended long ago; their receipts stay. */
  forgetOldOrders(now: Date): void {
    const before = new Date(now.getTime() - ORDER_DAYS * 24 * 3600 * 1000).toISOString();
    this.#database.run("DELETE FROM orders WHERE expires_at < $before", { before });
  }

  close(): void {
    this.#database.close();
  }
}

/** Opens the registry at `path`, or makes it. Throws as `openDatabase` does. */
export function openRegistry(path: string): Registry {
  return new Registry(openDatabase(path, [{ version: 1, name: "0001-registry", sql: registrySql }]));
}
