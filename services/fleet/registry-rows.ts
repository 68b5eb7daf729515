import { z } from "zod";
import { jsonColumn } from "../host/json-column.ts";
import { Presence } from "../model/device.ts";
import { Event } from "../model/event.ts";
import { FlattenedJws } from "../model/flattened-jws.ts";
import { Reason } from "../model/reason.ts";
import { Receipt } from "../model/receipt.ts";
import { State } from "../model/state.ts";

export const DeviceRow = z
  .object({
    name: z.string(),
    enrolled_at: z.string(),
    public_key: z.string().nullable(),
    online: z.int(),
    last_seen: z.string().nullable(),
    presence: jsonColumn(Presence).nullable(),
    state: jsonColumn(State).nullable(),
    problem: jsonColumn(Reason).nullable(),
  })
  .transform((row) => ({
    name: row.name,
    enrolledAt: row.enrolled_at,
    publicKey: row.public_key ?? undefined,
    online: row.online === 1,
    lastSeen: row.last_seen ?? undefined,
    presence: row.presence ?? undefined,
    state: row.state ?? undefined,
    problem: row.problem ?? undefined,
  }));
/** A device as it was enrolled and last heard of. */
export type DeviceRecord = z.infer<typeof DeviceRow>;

export const OrderRow = z
  .object({
    id: z.string(),
    device: z.string(),
    sequence: z.int(),
    issuer: z.string(),
    kind: z.string(),
    workload: z.string(),
    issued_at: z.string(),
    expires_at: z.string(),
    jws: jsonColumn(FlattenedJws),
  })
  .transform(({ issued_at, expires_at, ...row }) => ({ ...row, issuedAt: issued_at, expiresAt: expires_at }));
/** An order as it was signed. */
export type OrderRecord = z.infer<typeof OrderRow>;

export const ReceiptRow = z.object({ body: jsonColumn(Receipt) }).transform(({ body }) => body);
export const EventRow = z.object({ body: jsonColumn(Event) }).transform(({ body }) => body);
export const NumberRow = z.object({ value: z.int() });
