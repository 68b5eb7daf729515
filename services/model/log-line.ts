import { z } from "zod";

/** One line a workload wrote. */
export const LogLine = z
  .strictObject({
    at: z.iso.datetime({ offset: true }),
    stream: z.enum(["stdout", "stderr"]),
    message: z.string(),
  })
  .meta({ id: "LogLine" });
export type LogLine = z.infer<typeof LogLine>;
