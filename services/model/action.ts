import { z } from "zod";
import { AnyVolumeName, WorkloadName } from "./names.ts";
import { Question } from "./question.ts";
import { Workload } from "./workload.ts";

const named = { workload: WorkloadName };

/**
 * What an order asks for. `apply`, `remove`, `start` and `stop` edit desired state; all others ask for one act.
 */
export const Action = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("apply"), manifest: Workload }),
    z.strictObject({
      kind: z.literal("remove"),
      ...named,
      volumes: z.boolean().optional().describe("true: delete its volumes, too, but for those another workload names"),
    }),
    z.strictObject({ kind: z.literal("start"), ...named }),
    z.strictObject({ kind: z.literal("stop"), ...named }),
    z.strictObject({ kind: z.literal("restart"), ...named }),
    z.strictObject({
      kind: z.literal("exec"),
      ...named,
      command: z.array(z.string()).min(1).max(256),
      timeoutSeconds: z.int().min(1).max(3600).default(60),
    }),
    z.strictObject({
      kind: z.literal("logs"),
      ...named,
      tail: z.int().min(0).max(10_000).default(100),
      since: z.iso.datetime({ offset: true }).optional().describe("Of these, only lines from this time on"),
      seconds: z.int().min(0).max(600).default(0).describe("How long to go on publishing new lines; 0: the tail only"),
    }),
    z.strictObject({
      kind: z.literal("stats"),
      interval: z.int().min(1).max(3600).default(2).describe("Seconds between two samples"),
      seconds: z.int().min(0).max(600).default(0).describe("How long to go on publishing samples; 0: one sample"),
    }),
    z.strictObject({ kind: z.literal("query"), question: Question }).describe("Tell something"),
    z
      .strictObject({ kind: z.literal("remove-volume"), volume: AnyVolumeName })
      .describe("Delete a volume that no workload names"),
    z
      .strictObject({ kind: z.literal("remove-image"), reference: z.string().min(1).max(1024) })
      .describe("Delete an image that no workload names"),
    z.strictObject({
      kind: z.literal("prune-images"),
      dryRun: z.boolean().default(false).describe("Only tell what would be deleted"),
    }),
  ])
  .meta({ id: "Action" });
export type Action = z.infer<typeof Action>;

/** The workload an action is about; undefined for one that is about none. */
export function workloadOf(action: Action): string | undefined {
  if (action.kind === "apply") return action.manifest.name;
  return "workload" in action ? action.workload : undefined;
}
