import { ReasonError } from "../model/reason.ts";
import { isFinal, type Receipt } from "../model/receipt.ts";
import type { Acts } from "./acts.ts";
import type { Journal } from "./journal/journal.ts";
import type { Reconciler } from "./reconciler.ts";
import type { Recorder } from "./recorder.ts";

/**
 * Cancels an order that has not ended; what it began is taken back.
 *
 * @throws ReasonError `order-not-found`, `order-not-cancellable`
 */
export function cancelOrder(
  id: string,
  on: {
    readonly journal: Journal;
    readonly acts: Pick<Acts, "cancel">;
    readonly recorder: Pick<Recorder, "receipt" | "clear">;
    readonly reconciler: Pick<Reconciler, "interrupt">;
  },
): Receipt {
  const order = on.journal.order(id);
  const newest = on.journal.newestReceipt(id);
  if (order === undefined || newest === undefined) {
    throw new ReasonError({ code: "order-not-found", message: `there is no order ${id}`, field: "id", value: id });
  }
  if (isFinal(order.status)) {
    throw new ReasonError({
      code: "order-not-cancellable",
      message: `order ${id} has ended: ${order.status}`,
      field: "id",
      value: id,
      allowed: "an order that is accepted or running",
    });
  }
  const receipt = on.journal.advance(id, { status: "cancelled" });
  on.acts.cancel(id);
  if (receipt !== undefined) on.recorder.receipt();
  on.recorder.clear(id);
  if (order.outcome !== undefined) on.reconciler.interrupt(order.workload);
  return receipt ?? newest;
}
