import manifest from "../../../package.json" with { type: "json" };
import type { Command } from "../command.ts";
import { printLine } from "../io.ts";
import { requireOperands } from "../usage-error.ts";

/** `berth version` */
export const command: Command = {
  usage: "",
  reaches: "nothing",
  options: {},
  async run({ io, args }) {
    requireOperands(args);
    printLine(io.out, `berth ${manifest.version}`);
    return 0;
  },
};
