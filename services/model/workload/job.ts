import { z } from "zod";

/**
 * Makes of a workload a job: the order that runs it is under way until its process has ended, succeeds when that was with 0,
 * and it is not started again, also not by a reboot. A run that a power cut ended is begun anew.
 */
export const Job = z.strictObject({
  remove: z.boolean().default(false).describe("Whether the workload is forgotten once it has ended with 0"),
});
export type Job = z.infer<typeof Job>;

/** Whether a workload's process is to end, and its runs are made one by one. */
export function isRunByRun({ job, schedule }: { readonly job?: unknown; readonly schedule?: unknown }): boolean {
  return job !== undefined || schedule !== undefined;
}
