import { z } from "zod";
import { Reason } from "./reason.ts";

/** What can happen on a device. */
export const EventKind = z.enum([
  "supervisor-started",
  "supervisor-stopping",
  "database-corrupt",
  "configuration-invalid",
  "order-accepted",
  "order-running",
  "order-succeeded",
  "order-failed",
  "order-rejected",
  "order-expired",
  "order-superseded",
  "order-cancelled",
  "image-pulled",
  "image-imported",
  "images-collected",
  "volume-restored",
  "volume-removed",
  "workload-starting",
  "workload-started",
  "workload-switched",
  "workload-adopted",
  "workload-exited",
  "workload-completed",
  "workload-stopped",
  "workload-removed",
  "workload-healthy",
  "workload-unhealthy",
  "workload-failed",
  "workload-limited",
  "schedule-skipped",
]);
export type EventKind = z.infer<typeof EventKind>;

/** One thing that happened: what, when, to which workload, and by which order and whom. */
export const Event = z
  .strictObject({
    id: z.int().describe("Rises by one with each event of the device"),
    at: z.iso.datetime({ offset: true }),
    kind: EventKind,
    message: z.string(),
    workload: z.string().optional(),
    order: z.string().optional(),
    issuer: z.string().optional(),
    reason: Reason.optional(),
  })
  .meta({ id: "Event" });
export type Event = z.infer<typeof Event>;
