import { z } from "zod";
import { CronText, TimeZone } from "../cron.ts";

/** When a workload runs: at times that come again, each run a job of its own. */
export const Schedule = z.strictObject({
  cron: CronText.describe("The five fields of crontab(5), or a nickname such as @daily"),
  timeZone: TimeZone.default("UTC").describe("Where the clock on the wall shows these times"),
  missed: z
    .enum(["skip", "run"])
    .default("skip")
    .describe(
      "Of runs that could not be made in time, such as while the device was off: none is made up for, or one as soon as it can be",
    ),
});
export type Schedule = z.infer<typeof Schedule>;
