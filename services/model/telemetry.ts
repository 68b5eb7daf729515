import { z } from "zod";
import { Answer } from "./question.ts";
import { Reason } from "./reason.ts";
import { Progress } from "./receipt.ts";
import { Stats } from "./stats.ts";

/** What a device tells its fleet by the way: nothing here is kept, and the newest replaces those before it. */
export const Telemetry = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("progress"), progress: Progress }),
    z
      .strictObject({
        kind: z.literal("problem"),
        at: z.iso.datetime({ offset: true }),
        reason: Reason,
        order: z.string().optional().describe("The order's id as the message's correlation data gave it"),
      })
      .describe("A message that could not be taken as an order"),
    z
      .strictObject({ kind: z.literal("dropped"), events: z.int(), receipts: z.int() })
      .describe("How many the device let go since it was set up, because its outbox was full"),
    z
      .strictObject({
        kind: z.literal("stats"),
        order: z.string().optional().describe("The order that asked for this one sample; a stream's carry none"),
        stats: Stats,
      })
      .describe("What the workloads use, because an order of kind stats asked for it"),
    z
      .strictObject({ kind: z.literal("answer"), order: z.string(), answer: Answer })
      .describe("The answer to an order of kind query"),
  ])
  .meta({ id: "Telemetry" });
export type Telemetry = z.infer<typeof Telemetry>;
