import type { OrderStatus } from "../../services/model/receipt.ts";

/** What one order asked of its workload. */
export type Asked =
  | { readonly kind: "apply"; readonly version: number }
  | { readonly kind: "start" | "stop" | "remove" }
  | { readonly kind: "restart" };

/** An order that has ended. */
export interface EndedOrder {
  readonly asked: Asked;
  readonly status: OrderStatus;
  /** Its place among all orders: the sequence of its first receipt. */
  readonly sequence: number;
}

/** How a workload must be found after its orders; undefined when it must be gone. */
export type Expected = { readonly version: number; readonly run: "running" | "stopped" } | undefined;

/**
 * What the orders of one workload make of it. Each begins where those before it will have led: an order that a newer one
 * supersedes has not ended well, and yet the newer one builds on it; one that failed leaves what was reached before.
 */
export function expectedOf(orders: readonly EndedOrder[]): Expected {
  let reached: Expected;
  let intended: Expected;
  for (const { asked, status } of orders.toSorted((a, b) => a.sequence - b.sequence)) {
    if (asked.kind === "restart" || status === "rejected") continue;
    const outcome = outcomeOf(asked, intended);
    switch (status) {
      case "succeeded":
        reached = intended = outcome;
        break;
      case "superseded":
        intended = outcome;
        break;
      default:
        intended = reached;
    }
  }
  return reached;
}

function outcomeOf(asked: Exclude<Asked, { kind: "restart" }>, present: Expected): Expected {
  switch (asked.kind) {
    case "apply":
      return { version: asked.version, run: "running" };
    case "remove":
      return undefined;
    case "start":
    case "stop":
      return present === undefined ? undefined : { ...present, run: asked.kind === "start" ? "running" : "stopped" };
  }
}
