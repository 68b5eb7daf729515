import { z } from "zod";
import { Action } from "./action.ts";
import { FlattenedJws } from "./flattened-jws.ts";
import { DeviceName } from "./names.ts";

/** An order's id: chosen by who gives it, unique; the same id delivered twice takes effect once. */
const OrderId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, "8 to 64 letters, digits, - and _")
  .describe("The order's id");

const Timestamp = z.iso.datetime({ offset: true }).describe("RFC 3339 time");

/** What a fleet signs: an {@link Action} with its audience, place in the issuer's sequence, and term. */
export const Order = z
  .strictObject({
    id: OrderId,
    device: DeviceName.describe("The audience: the one device it is for"),
    sequence: z.int().min(1).describe("Greater than any before it from the same key"),
    issuer: z.string().min(1).max(256).describe("Who gives it, for the record"),
    issuedAt: Timestamp,
    expiresAt: Timestamp.describe("Not accepted after this"),
    action: Action,
  })
  .meta({ id: "Order" });
export type Order = z.infer<typeof Order>;

/** An order as a trusted caller (a person with the device's token, or root on the device) asks for it, unsigned. */
export const OrderRequest = z
  .strictObject({
    id: OrderId.optional().describe("For safe repetition: the same id takes effect once"),
    action: Action,
  })
  .meta({ id: "OrderRequest" });
export type OrderRequest = z.infer<typeof OrderRequest>;

/** A signed order: a JWS of typ berth-order around an {@link Order}. */
export const SignedOrder = FlattenedJws.meta({ id: "SignedOrder" });
export type SignedOrder = z.infer<typeof SignedOrder>;

/** Which way an order came. */
export const Origin = z.enum(["local", "lan", "fleet", "usb", "configuration"]).meta({ id: "Origin" });
export type Origin = z.infer<typeof Origin>;
