import { z } from "zod";
import { LogLine } from "./log-line.ts";
import { WorkloadName } from "./names.ts";

/**
 * Lines a device publishes because an order of kind `logs` asked for them. Those that were there before carry the order
 * that asked; those that come later are for whoever listens, and carry none.
 */
export const LogBatch = z
  .strictObject({
    workload: WorkloadName,
    order: z.string().optional().describe("The order whose tail these lines are"),
    lines: z.array(LogLine),
    end: z.boolean().describe("The tail is complete; without `order`: nothing more comes until the next order"),
  })
  .meta({ id: "LogBatch" });
export type LogBatch = z.infer<typeof LogBatch>;
