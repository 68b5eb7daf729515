import type { Event } from "../../model/event.ts";
import type { Receipt } from "../../model/receipt.ts";

/** The event that a receipt of the journal is; none for `sent`, which only a fleet says. */
export function eventOfReceipt(receipt: Receipt): Omit<Event, "id"> | undefined {
  const { status, at, action, order, issuer, reason } = receipt;
  if (status === "sent") return undefined;
  const about = action === undefined ? "an order" : `${action.kind} ${action.workload ?? ""}`.trim();
  return {
    at,
    kind: `order-${status}`,
    message: `${about}: ${reason === undefined ? status : reason.message}`,
    order,
    issuer,
    ...(action?.workload === undefined ? {} : { workload: action.workload }),
    ...(reason === undefined ? {} : { reason }),
  };
}
