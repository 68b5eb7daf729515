import type { Order } from "../../model/order.ts";
import type { Reason } from "../../model/reason.ts";

/** What a signed order is held against. */
export interface OrderContext {
  readonly device: string;
  readonly now: Date;
  /** The highest sequence accepted from the key that signed it; 0 before the first. */
  readonly lastSequence: number;
}

/** Why a signed order whose signature is good is refused all the same: audience, term or sequence. */
export function refusalOfOrder(order: Order, context: OrderContext): Reason | undefined {
  if (order.device !== context.device) {
    return {
      code: "wrong-audience",
      message: `the order is for ${order.device}, and this is ${context.device}`,
      field: "device",
      value: order.device,
      allowed: context.device,
    };
  }
  if (Date.parse(order.expiresAt) <= context.now.getTime()) {
    return {
      code: "order-expired",
      message: `the order expired at ${order.expiresAt}, and it is ${context.now.toISOString()} here`,
      field: "expiresAt",
      value: order.expiresAt,
      allowed: `a time after ${context.now.toISOString()}`,
    };
  }
  if (order.sequence <= context.lastSequence) {
    return {
      code: "order-replayed",
      message: `the order has sequence ${order.sequence}, and ${context.lastSequence} was accepted from this key before`,
      field: "sequence",
      value: order.sequence,
      allowed: `more than ${context.lastSequence}`,
    };
  }
  return undefined;
}
