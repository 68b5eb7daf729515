import { z } from "zod";

/** How a workload that runs is replaced when its manifest or image changes. */
export const UpdateStrategy = z.strictObject({
  strategy: z
    .enum(["stop-first", "start-first"])
    .default("stop-first")
    .describe(
      "stop-first: the old one is stopped, then the new one started; start-first: the new one is started beside the old one, which goes once ports and name lead to the new one",
    ),
});
