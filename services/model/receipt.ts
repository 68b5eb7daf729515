import { z } from "zod";
import { FlattenedJws } from "./flattened-jws.ts";
import { PrunedImages } from "./image.ts";
import { WorkloadName } from "./names.ts";
import { Origin } from "./order.ts";
import { Question } from "./question.ts";
import { Reason } from "./reason.ts";
import { Volume } from "./volume.ts";

/** The states of an order. The last six are final. */
export const OrderStatus = z
  .enum(["accepted", "running", "succeeded", "failed", "rejected", "expired", "superseded", "cancelled"])
  .meta({ id: "OrderStatus" });
export type OrderStatus = z.infer<typeof OrderStatus>;

/**
 * What a receipt says of its order: the order's status, or `sent`, which only a fleet says: signed and given to the broker,
 * and not yet answered by the device.
 */
export const ReceiptStatus = z.enum(["sent", ...OrderStatus.options]).meta({ id: "ReceiptStatus" });
export type ReceiptStatus = z.infer<typeof ReceiptStatus>;

/** Whether an order in this status has ended. */
export function isFinal(status: ReceiptStatus): boolean {
  return status !== "sent" && status !== "accepted" && status !== "running";
}

/** Why an order did not succeed: what its receipt says, or its status where that is all there is, as when it was cancelled. */
export function reasonOfReceipt({ reason, status }: Pick<Receipt, "reason" | "status">): Reason {
  return reason ?? { code: `order-${status}`, message: `the order was ${status}` };
}

/** What a command inside a workload gave. Each output is cut at 64 KiB, and says so. */
export const ExecResult = z
  .strictObject({
    exitCode: z.int(),
    stdout: z.string(),
    stderr: z.string(),
    truncated: z.boolean(),
  })
  .meta({ id: "ExecResult" });
export type ExecResult = z.infer<typeof ExecResult>;

/** One change of an order's status, as the device's journal holds it. */
export const Receipt = z
  .strictObject({
    sequence: z.int().describe("Rises by one with each receipt of the device; 0 for one that is not in the journal"),
    order: z.string().describe("The order's id"),
    device: z.string(),
    status: ReceiptStatus,
    at: z.iso.datetime({ offset: true }),
    origin: Origin,
    issuer: z.string().describe("Who gave the order"),
    verified: z.boolean().describe("False when the order could not be proven to come from its issuer"),
    action: z.strictObject({ kind: z.string(), workload: WorkloadName.optional() }).optional(),
    reason: Reason.optional().describe(
      "Why it was refused or failed; of a running one, why it fails, while what ran before is brought back",
    ),
    exec: ExecResult.optional(),
    exitCode: z
      .int()
      .optional()
      .describe("Of a job that ended: its process's exit code; 128 and the signal's number where a signal ended it"),
    logs: z
      .strictObject({
        tail: z.int(),
        since: z.iso.datetime({ offset: true }).optional(),
        until: z.iso.datetime({ offset: true }),
      })
      .optional()
      .describe("For an order of kind logs: publish until then"),
    stats: z
      .strictObject({ interval: z.int(), until: z.iso.datetime({ offset: true }) })
      .optional()
      .describe("For an order of kind stats: publish until then"),
    query: Question.optional().describe("For an order of kind query: what the device publishes an answer to"),
    volume: Volume.optional().describe("For an order of kind remove-volume: what was removed"),
    images: PrunedImages.optional().describe("For an order of kind remove-image or prune-images: what was removed"),
  })
  .meta({ id: "Receipt" });
export type Receipt = z.infer<typeof Receipt>;

/** A receipt the device signed: a JWS of typ berth-receipt around a {@link Receipt}. */
export const SignedReceipt = FlattenedJws.meta({ id: "SignedReceipt" });
export type SignedReceipt = z.infer<typeof SignedReceipt>;

/** How far a running order has come. Not journalled: the newest one replaces those before it. */
export const Progress = z
  .strictObject({
    order: z.string(),
    workload: WorkloadName,
    step: z.string().describe("The step in hand, such as pull"),
    message: z.string(),
    done: z.number().min(0).optional().describe("Bytes done"),
    total: z.number().min(0).optional().describe("Bytes in all, when known"),
  })
  .meta({ id: "Progress" });
export type Progress = z.infer<typeof Progress>;
