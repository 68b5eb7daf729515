import { ReasonError } from "../../model/reason.ts";
import type { Stats } from "../../model/stats.ts";
import type { Command } from "../command.ts";
import { printLine } from "../io.ts";
import { JSON_OPTION } from "../json-option.ts";
import { LiveTable } from "../live-table.ts";
import { statsLines } from "../stats-table.ts";

/** `berth stats`: what workloads use beside what they may use, over and over. */
export const command: Command = {
  usage: "[--no-stream] [--interval SECONDS] [--json] [NAME…]",
  details: `With --json each sample is one line. Memory includes the files that are kept in memory. Over the fleet a sample is a message
of some 300 bytes a workload: choose a longer interval where the link costs.`,
  reaches: "device",
  options: {
    "no-stream": { kind: "flag", summary: "print one sample and end" },
    interval: { kind: "count", value: "SECONDS", most: 3600, summary: "between two samples (2)" },
    json: JSON_OPTION,
  },
  async run({ io, args, device }) {
    const query = { follow: !args.flag("no-stream"), interval: Math.max(1, args.count("interval") ?? 2) };
    const api = await device();
    const table = new LiveTable(io.out);
    for await (const { data } of api.follow("followStats", { query, signal: io.interrupted })) {
      const stats = only(data, args.operands);
      if (args.flag("json")) printLine(io.out, JSON.stringify(stats));
      else table.show(statsLines(stats));
    }
    return 0;
  },
};

/** The named workloads of a sample, all where none is named. */
function only(stats: Stats, names: readonly string[]): Stats {
  if (names.length === 0) return stats;
  const known = stats.workloads.map(({ name }) => name);
  const missing = names.find((name) => !known.includes(name));
  if (missing !== undefined) {
    throw new ReasonError({
      code: "workload-not-found",
      message: `there is no workload ${missing} on ${stats.device}`,
      field: "NAME",
      value: missing,
      allowed: known.join(", "),
    });
  }
  return { ...stats, workloads: stats.workloads.filter(({ name }) => names.includes(name)) };
}
