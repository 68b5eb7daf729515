import type { PrunedImages } from "../../model/image.ts";
import { formatBytes } from "../../model/quantity.ts";
import type { CommandContext } from "../command.ts";
import { printLine } from "../io.ts";
import { printJson } from "../json-option.ts";
import { oneLine } from "../terminal-text.ts";

/** `berth image remove` */
export async function removeImage(context: CommandContext, reference: string): Promise<number> {
  const api = await context.device();
  return tell(context, await api.call("removeImage", { query: { reference }, signal: context.io.interrupted }));
}

/** `berth image prune` */
export async function pruneImages(context: CommandContext): Promise<number> {
  const api = await context.device();
  const query = { dryRun: context.args.flag("dry-run") };
  return tell(context, await api.call("pruneImages", { query, signal: context.io.interrupted }));
}

function tell({ io, args }: CommandContext, pruned: PrunedImages): number {
  if (args.flag("json")) {
    printJson(io, pruned);
    return 0;
  }
  const { images, bytes, dryRun } = pruned;
  for (const reference of images) printLine(io.out, `${dryRun ? "would remove" : "removed"} ${oneLine(reference)}`);
  printLine(io.out, `${formatBytes(bytes)} ${dryRun ? "would be freed" : "freed"}`);
  return 0;
}
