import { z } from "zod";
import { Reason } from "./reason.ts";
import { Isolation } from "./workload/isolation.ts";
import { PublishedPort } from "./workload/port.ts";

/** Where a workload stands. */
export const Phase = z
  .enum([
    "pending",
    "pulling",
    "starting",
    "running",
    "backing-off",
    "stopping",
    "stopped",
    "exited",
    "completed",
    "scheduled",
    "failed",
  ])
  .meta({ id: "Phase" });
export type Phase = z.infer<typeof Phase>;

/** What its health check says; `none` without one. */
export const Health = z.enum(["none", "starting", "healthy", "unhealthy"]).meta({ id: "Health" });
export type Health = z.infer<typeof Health>;

/** How a workload's schedule stands. */
export const ScheduleStatus = z
  .strictObject({
    next: z.iso.datetime({ offset: true }).optional().describe("When it runs next"),
    last: z
      .strictObject({
        due: z.iso.datetime({ offset: true }).describe("The time of the schedule it was for"),
        outcome: z.enum(["completed", "failed", "interrupted"]),
        exitCode: z.int().optional().describe("128 and the signal's number where a signal ended it"),
      })
      .optional()
      .describe("The last run that ended"),
  })
  .meta({ id: "ScheduleStatus" });
export type ScheduleStatus = z.infer<typeof ScheduleStatus>;

/** A workload as it is, beside what is wanted of it. */
export const WorkloadStatus = z
  .strictObject({
    name: z.string(),
    image: z.string(),
    digest: z.string().optional().describe("The image manifest's digest, once it is known"),
    isolation: Isolation,
    emulated: z.literal(true).optional().describe("Where QEMU emulates its micro-VM, since KVM does not work"),
    desired: z.enum(["running", "stopped"]),
    phase: Phase,
    health: Health,
    since: z.iso.datetime({ offset: true }).describe("When the phase began"),
    restarts: z.int().min(0).describe("Restarts by policy since it was last started by an order"),
    ports: z.array(PublishedPort),
    address: z.string().optional().describe("Its address on the device's bridge"),
    address6: z.string().optional().describe("Its IPv6 address on the device's bridge"),
    order: z.string().optional().describe("The order that last changed it"),
    issuer: z.string().optional().describe("Who gave that order"),
    schedule: ScheduleStatus.optional().describe("Of one that has a schedule"),
    reason: Reason.optional().describe("Why it is not as desired"),
  })
  .meta({ id: "WorkloadStatus" });
export type WorkloadStatus = z.infer<typeof WorkloadStatus>;

/** A device's reported state; `revision` rises with each change. */
export const State = z
  .strictObject({
    device: z.string(),
    revision: z.int(),
    at: z.iso.datetime({ offset: true }),
    workloads: z.array(WorkloadStatus),
  })
  .meta({ id: "State" });
export type State = z.infer<typeof State>;
