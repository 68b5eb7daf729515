import { z } from "zod";
import { Bytes, bytesOf, Cpus } from "../quantity.ts";

/** A share beside others': twice the weight, twice the share (systemd.resource-control(5), CPUWeight= and IOWeight=). */
const Weight = z.int().min(1).max(10_000);

const Rate = z.int().min(1).max(1_000_000_000);

/** The most of the data partition's disk; each is a property of the unit (systemd.resource-control(5)). */
const IoLimits = z.strictObject({
  weight: Weight.optional().describe("Share of the disk while others want it too; 100 where it is left out"),
  readBandwidth: Bytes.optional().describe("Most bytes read in a second"),
  writeBandwidth: Bytes.optional().describe("Most bytes written in a second"),
  readIops: Rate.optional().describe("Most reads in a second"),
  writeIops: Rate.optional().describe("Most writes in a second"),
});

/** How much of the device a workload may use; most are properties of its systemd unit (systemd.resource-control(5)). */
export const Limits = z
  .strictObject({
    cpus: Cpus.optional().describe("Most CPU time, in processors"),
    cpuWeight: Weight.optional().describe("Share of CPU time while others want it too; 100 where it is left out"),
    memory: Bytes.optional().describe("Most memory; beyond it the kernel ends the workload"),
    memoryHigh: Bytes.optional().describe("Beyond it the workload is slowed down and its memory taken back"),
    swap: z
      .union([z.literal(0), Bytes])
      .default(0)
      .describe("Most swap space, on a device that has some"),
    pids: z.int().min(1).max(4_194_304).optional().describe("Most processes and threads"),
    io: IoLimits.prefault({}).describe("Of the data partition's disk"),
    openFiles: z
      .int()
      .min(16)
      .max(1_048_576)
      .optional()
      .describe("Most files a process has open; 1024, which it may raise to 524288, where it is left out"),
    shm: Bytes.optional().describe("Most that /dev/shm may hold; 64Mi where it is left out"),
  })
  .refine(
    ({ memory, memoryHigh }) =>
      memory === undefined || memoryHigh === undefined || bytesOf(memoryHigh) <= bytesOf(memory),
    { path: ["memoryHigh"], message: "at most limits.memory" },
  );
export type Limits = z.infer<typeof Limits>;

/** What is promised to a workload: an order that promises more than the device has is rejected. */
export const Reservation = z.strictObject({
  cpus: Cpus.optional().describe("CPU time kept for it, in processors"),
  memory: Bytes.optional().describe("Memory kept for it, which others' need does not take away"),
});
export type Reservation = z.infer<typeof Reservation>;
