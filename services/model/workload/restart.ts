import { z } from "zod";
import { Duration, millisecondsOf } from "../quantity.ts";
import { isRunByRun } from "./job.ts";

/**
 * When an ended process is started again, and how long to wait: doubling from `delay` to `maxDelay`. What an order stopped
 * stays stopped whatever the policy, also over a reboot.
 */
export const RestartPolicy = z.strictObject({
  policy: z
    .enum(["always", "on-failure", "never"])
    .optional()
    .describe("Which ends are followed by a new start: always unless given, and never for a job or a schedule"),
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

/** Which ends of a workload's process are followed by a new start. */
export function restartPolicyOf(
  manifest: { readonly restart: RestartPolicy } & Parameters<typeof isRunByRun>[0],
): NonNullable<RestartPolicy["policy"]> {
  return manifest.restart.policy ?? (isRunByRun(manifest) ? "never" : "always");
}
