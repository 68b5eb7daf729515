import { z } from "zod";
import { AnyVolumeName, WorkloadName } from "./names.ts";

/** A named volume on the device. */
export const Volume = z
  .strictObject({
    name: AnyVolumeName,
    size: z.int().optional().describe("Bytes of disk; left out unless asked for, or where it cannot be told"),
    workloads: z.array(WorkloadName).describe("The workloads that name it, or whose image asked for it"),
    createdAt: z.iso.datetime({ offset: true }).optional(),
    lastUsedAt: z.iso.datetime({ offset: true }).optional().describe("When a workload that uses it was prepared last"),
  })
  .meta({ id: "Volume" });
export type Volume = z.infer<typeof Volume>;
