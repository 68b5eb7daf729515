import { randomUUID } from "node:crypto";
import { type Action, workloadOf } from "../model/action.ts";
import { Order, type OrderRequest, type Origin, type SignedOrder } from "../model/order.ts";
import { parse } from "../model/parse.ts";
import type { Policy } from "../model/policy.ts";
import type { Reason } from "../model/reason.ts";
import type { Receipt } from "../model/receipt.ts";
import { readUnverifiedPayload, verifyJws } from "../model/signature.ts";
import type { Workload } from "../model/workload.ts";
import { refusalOfAction } from "./admission/action.ts";
import { refusalOfOrder } from "./admission/order.ts";
import type { Capacity } from "./admission/reservations.ts";
import type { Journal } from "./journal/journal.ts";
import type { Clock } from "./ports.ts";
import { outcomeOf, type Target } from "./target.ts";

/** What the inbox needs to judge an order. */
export interface InboxOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly device: string;
  /** Public keys by key id: the issuers this device obeys. */
  readonly signingKeys: ReadonlyMap<string, string>;
  readonly policy: Policy;
  readonly capacity: Capacity;
  /** What each workload shall be once every accepted order has ended well. */
  targets(): ReadonlyMap<string, Target>;
  /** What each workload that is to run may be found running as until then. */
  standing(): ReadonlyMap<string, readonly Workload[]>;
  /** Called after the commit with the receipt of an order that was accepted or refused. */
  onReceipt(receipt: Receipt): void;
}

/**
 * The one way in for orders. Each is checked and written to the journal before the promise settles; a refused one gives
 * a receipt too, whose reason says why.
 */
export class Inbox {
  readonly #options: InboxOptions;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Takes an order from a caller who is trusted by the way it came: root on the device, or a holder of its token. */
  give(request: OrderRequest, origin: Origin, issuer: string): Receipt {
    const order = { id: request.id ?? randomUUID(), origin, issuer, action: request.action };
    return this.#admit(order, undefined);
  }

  /** Takes a signed order, whoever carried it here. */
  async giveSigned(signed: SignedOrder, origin: Origin): Promise<Receipt> {
    const verdict = await verifyJws(signed, { keys: this.#options.signingKeys, type: "berth-order" });
    if (!verdict.ok) return this.#refuseUnproven(signed, origin, verdict.reason);
    const { payload, keyId } = verdict.value;
    const parsed = parse(Order, payload);
    if (!parsed.ok) {
      const claimed = claimOf(payload);
      return this.#refuse({ ...claimed, origin, verified: true, action: undefined }, parsed.reason);
    }
    const order = parsed.value;
    const known = this.#options.journal.order(order.id);
    const admitted = { id: order.id, origin, issuer: order.issuer, action: order.action };
    if (known === undefined) {
      const lastSequence = this.#options.journal.lastSequence(keyId);
      const refused = this.#options.journal.newestReceipt(order.id);
      if (refused?.verified && order.sequence <= lastSequence) return refused;
      const context = { device: this.#options.device, now: this.#options.clock.now(), lastSequence };
      const refusal = refusalOfOrder(order, context);
      if (refusal !== undefined) return this.#refuse({ ...admitted, verified: true }, refusal);
    }
    return this.#admit(admitted, { keyId, sequence: order.sequence });
  }

  #admit(
    order: { id: string; origin: Origin; issuer: string; action: Action },
    signature: { keyId: string; sequence: number } | undefined,
  ): Receipt {
    const { journal } = this.#options;
    const known = journal.order(order.id) === undefined ? undefined : journal.newestReceipt(order.id);
    if (known !== undefined) return known;
    const targets = this.#options.targets();
    const refusal = this.#refusalOf(order.action, targets);
    if (refusal !== undefined) {
      return this.#refuse({ ...order, verified: true, ...(signature === undefined ? {} : { signature }) }, refusal);
    }
    const outcome = outcomeOf(order.action, targets.get(workloadOf(order.action) ?? ""));
    const receipt = journal.accept({ ...order, outcome, signature });
    this.#options.onReceipt(receipt);
    return receipt;
  }

  #refusalOf(action: Action, targets: ReadonlyMap<string, Target>): Reason | undefined {
    // What a workload wrote is there after it failed or was removed, which is when it is asked for most.
    if (action.kind === "logs" && this.#options.journal.wasOrdered(action.workload)) return undefined;
    const { policy, capacity, standing } = this.#options;
    return refusalOfAction(action, { targets, standing: standing(), policy, capacity });
  }

  #refuseUnproven(signed: SignedOrder, origin: Origin, reason: Reason): Receipt {
    const claimed = claimOf(readUnverifiedPayload(signed));
    return this.#refuse({ ...claimed, origin, verified: false, action: undefined }, reason);
  }

  #refuse(
    order: {
      id: string;
      origin: Origin;
      issuer: string;
      verified: boolean;
      action: Action | undefined;
      signature?: { keyId: string; sequence: number };
    },
    reason: Reason,
  ): Receipt {
    const status = reason.code === "order-expired" ? "expired" : "rejected";
    const receipt = this.#options.journal.refuse({ ...order, reason, status });
    this.#options.onReceipt(receipt);
    return receipt;
  }
}

/** The id and issuer a refused order claims, as far as they can be read: never to be trusted, only to be named. */
function claimOf(payload: unknown): { id: string; issuer: string } {
  const claimed = (field: string) => {
    if (typeof payload !== "object" || payload === null) return undefined;
    const value: unknown = Reflect.get(payload, field);
    return typeof value === "string" ? value.slice(0, 64) : undefined;
  };
  return { id: claimed("id") ?? "unknown", issuer: claimed("issuer") ?? "unknown" };
}
