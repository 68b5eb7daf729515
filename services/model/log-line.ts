import { z } from "zod";

/** One line a workload wrote. */
export const LogLine = z
  .strictObject({
    at: z.iso.datetime({ offset: true }),
    stream: z.enum(["stdout", "stderr"]),
    message: z.string().describe("A line; one of more than 16 KiB comes in pieces"),
    dropped: z.int().min(1).optional().describe("The line stands for so many that were dropped, and says why"),
  })
  .meta({ id: "LogLine" });
export type LogLine = z.infer<typeof LogLine>;
