import type { Command } from "../command.ts";
import { printLine } from "../io.ts";
import { tame } from "../terminal-text.ts";
import { requireOperands } from "../usage-error.ts";

/** `berth logs`: what a workload wrote, both its streams, in order. */
export const command: Command = {
  usage: "[-f] [--tail N] [--timestamps] NAME",
  reaches: "device",
  options: {
    follow: { kind: "flag", short: "f", summary: "stay and print what comes" },
    tail: { kind: "count", short: "n", value: "N", most: 10_000, summary: "begin with the last N lines (100)" },
    timestamps: { kind: "flag", short: "t", summary: "print each line's time" },
  },
  async run({ io, args, device }) {
    const [name = ""] = requireOperands(args, "NAME");
    const query = { tail: args.count("tail") ?? 100, follow: args.flag("follow") };
    const api = await device();
    const lines = api.follow("followLogs", { params: { name }, query, signal: io.interrupted });
    for await (const { data } of lines) {
      const message = io.out.columns() === undefined ? data.message : tame(data.message);
      printLine(io.out, args.flag("timestamps") ? `${data.at} ${message}` : message);
    }
    return 0;
  },
};
