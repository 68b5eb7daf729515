import { z } from "zod";
import { Phase } from "./state.ts";

const bytes = z.int().min(0);
const count = z.int().min(0);

/** What a running workload uses, beside what it may use; without a limit, the limit is left out. */
export const Usage = z
  .strictObject({
    cpu: z.strictObject({
      percent: z.number().min(0).describe("Of one processor, since the sample before"),
      limit: z.number().optional().describe("Most, in percent of one processor"),
      seconds: z.number().min(0).describe("CPU time since its process started"),
    }),
    memory: z.strictObject({
      current: bytes.describe("With the files it keeps in memory"),
      peak: bytes.optional(),
      limit: bytes.optional(),
    }),
    pids: z.strictObject({ current: count, limit: count.optional() }),
    io: z.strictObject({ read: bytes, written: bytes }).describe("On disks, since its process started"),
    network: z
      .strictObject({ received: bytes, sent: bytes })
      .optional()
      .describe("Since its network was made; left out where it has none of its own"),
  })
  .meta({ id: "Usage" });
export type Usage = z.infer<typeof Usage>;

/** One look at what the workloads use, in bytes and percent. */
export const Stats = z
  .strictObject({
    device: z.string(),
    at: z.iso.datetime({ offset: true }),
    workloads: z.array(
      z.strictObject({
        name: z.string(),
        phase: Phase,
        restarts: count,
        usage: Usage.optional().describe("Left out while it does not run"),
      }),
    ),
  })
  .meta({ id: "Stats" });
export type Stats = z.infer<typeof Stats>;
