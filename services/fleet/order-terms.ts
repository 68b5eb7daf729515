import type { Receipt } from "../model/receipt.ts";
import type { OrderRecord } from "./registry-rows.ts";

/** Seconds until an order's term ends, rounded up; 0 or less when it has. */
export function secondsLeft(order: Pick<OrderRecord, "expiresAt">, now: Date): number {
  return Math.ceil((Date.parse(order.expiresAt) - now.getTime()) / 1000);
}

/**
 * What the fleet says of an order the device has not answered: `sent`, not in any journal. After its term the device will
 * refuse it; whether it took it before is not known here, and that is said.
 */
export function sentReceipt(order: Omit<OrderRecord, "jws">, now: Date): Receipt {
  const over = secondsLeft(order, now) <= 0;
  return {
    sequence: 0,
    order: order.id,
    device: order.device,
    status: "sent",
    at: order.issuedAt,
    origin: "fleet",
    issuer: order.issuer,
    verified: true,
    action: { kind: order.kind, ...(order.workload === "" ? {} : { workload: order.workload }) },
    ...(over
      ? {
          reason: {
            code: "order-unanswered",
            message: `the order's term ended at ${order.expiresAt} and ${order.device} had not answered`,
          },
        }
      : {}),
  };
}
