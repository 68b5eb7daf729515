import { z } from "zod";

/** A run that is to be made, or is under way. */
const Run = z.strictObject({
  /** The time of the schedule that it is for, RFC 3339; it is what the run is known by. */
  due: z.string(),
  /** Whether its process was seen. */
  started: z.boolean(),
  /** Whether it was begun anew already. */
  again: z.boolean(),
});

/** What is remembered of a workload's schedule, across reboots. */
export const ScheduleRecord = z.strictObject({
  /** The schedule this is about: another one begins anew. */
  schedule: z.string(),
  /** Everything up to this was decided; milliseconds since 1970. */
  decided: z.int(),
  /** Whether the workload was stopped by an order: times meanwhile count for nothing. */
  stopped: z.boolean(),
  run: Run.optional(),
  last: z
    .strictObject({
      due: z.string(),
      outcome: z.enum(["completed", "failed", "interrupted"]),
      exitCode: z.int().optional(),
    })
    .optional(),
});
export type ScheduleRecord = z.infer<typeof ScheduleRecord>;
