import type { Action } from "../../model/action.ts";
import type { Origin } from "../../model/order.ts";
import type { Reason } from "../../model/reason.ts";
import type { OrderStatus, Receipt } from "../../model/receipt.ts";
import type { Outcome, Target } from "../target.ts";

/** An order as the journal holds it. */
export interface JournalledOrder {
  readonly id: string;
  readonly origin: Origin;
  readonly issuer: string;
  /** Empty for an act that is about none. */
  readonly workload: string;
  readonly action: Action;
  /** What it makes of its workload; undefined for an act. */
  readonly outcome: Outcome | undefined;
  readonly status: OrderStatus;
}

/** The signing key and the order's place in its sequence. */
export interface OrderSignature {
  readonly keyId: string;
  readonly sequence: number;
}

/** An order that passed every check, on its way into the journal. */
export interface Acceptance {
  readonly id: string;
  readonly origin: Origin;
  readonly issuer: string;
  readonly action: Action;
  readonly outcome: Outcome | undefined;
  /** Undefined for an unsigned order. */
  readonly signature: OrderSignature | undefined;
}

/** An order that was not accepted, and why. */
export interface Refusal {
  readonly id: string;
  readonly origin: Origin;
  readonly issuer: string;
  readonly verified: boolean;
  readonly action: Action | undefined;
  readonly reason: Reason;
  readonly status: "rejected" | "expired";
  readonly signature?: OrderSignature | undefined;
}

/** What ends or moves an order on. */
export interface Advance extends Pick<Receipt, "exec" | "exitCode" | "logs" | "stats" | "query" | "volume" | "images"> {
  readonly status: OrderStatus;
  readonly reason?: Reason;
}

/** A workload the device keeps, and the order and person that made it so. */
export interface Desired {
  readonly target: Target;
  readonly order: string;
  readonly issuer: string;
}

/** How much of the past is kept; what has not ended always is. */
export interface Retention {
  readonly endedOrders: number;
  readonly refusals: number;
  readonly events: number;
}
