import type { Command } from "../command.ts";
import { printLine } from "../io.ts";
import { JSON_OPTION, printJson } from "../json-option.ts";
import { requireOperands } from "../usage-error.ts";
import { workloadLines } from "../workload-table.ts";

/** `berth ps`: how the workloads stand. */
export const command: Command = {
  usage: "[--json]",
  reaches: "device",
  options: { json: JSON_OPTION },
  async run({ io, args, device }) {
    requireOperands(args);
    const api = await device();
    const state = await api.call("getState", { signal: io.interrupted });
    if (args.flag("json")) printJson(io, state);
    else for (const line of workloadLines(state, new Date())) printLine(io.out, line);
    return 0;
  },
};
