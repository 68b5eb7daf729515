import { z } from "zod";
import { Duration, millisecondsOf } from "../quantity.ts";

/**
 * When an ended process is started again, and how long to wait: doubling from `delay` to `maxDelay`. What an order stopped
 * stays stopped whatever the policy, also over a reboot.
 */
export const RestartPolicy = z.strictObject({
  policy: z
    .enum(["always", "on-failure", "never"])
    .default("always")
    .describe("Which ends are followed by a new start"),
  delay: Duration.default("1s").describe("Before the first new start"),
  maxDelay: Duration.default("1m").describe("The delay doubles up to this"),
  limit: z
    .strictObject({
      starts: z.int().min(1).max(10_000).describe("Most starts, the first among them"),
      within: Duration.refine((span) => millisecondsOf(span) > 0, "more than no time at all").describe(
        "In so long; one that would be more is not made",
      ),
    })
    .optional()
    .describe("When to give up: the workload is then failed until an order starts it; left out, never"),
});
export type RestartPolicy = z.infer<typeof RestartPolicy>;
