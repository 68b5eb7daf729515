import type { Command } from "../command.ts";
import { printLine } from "../io.ts";
import { parsePattern, parseSince } from "../line-filter.ts";
import { tame } from "../terminal-text.ts";
import { requireOperands } from "../usage-error.ts";

/** What a device gives at most for one request. */
const MOST = 10_000;

/** `berth logs`: what a workload wrote, both its streams, in order. */
export const command: Command = {
  usage: "[-f] [--tail N] [--since TIME] [--grep PATTERN] [--timestamps | --json] NAME",
  details: [
    "TIME is an RFC 3339 time, or how long ago, such as 10m. PATTERN is a regular expression, JavaScript's.",
    "With --since or --grep the last 10000 lines are looked through unless --tail says how many.",
  ].join("\n"),
  reaches: "device",
  options: {
    follow: { kind: "flag", short: "f", summary: "stay and print what comes" },
    tail: { kind: "count", short: "n", value: "N", most: MOST, summary: "begin with the last N lines (100)" },
    since: { kind: "text", value: "TIME", summary: "only lines from this time on" },
    grep: { kind: "text", short: "g", value: "PATTERN", summary: "only lines that match, and how many were dropped" },
    timestamps: { kind: "flag", short: "t", summary: "print each line's time" },
    json: { kind: "flag", summary: "print one JSON object a line" },
  },
  async run({ io, args, device }) {
    const [name = ""] = requireOperands(args, "NAME");
    const since = parseSince(args.text("since"), new Date());
    const pattern = parsePattern(args.text("grep"));
    const all = since !== undefined || pattern !== undefined;
    const query = {
      tail: args.count("tail") ?? (all ? MOST : 100),
      follow: args.flag("follow"),
      ...(since === undefined ? {} : { since }),
    };
    const api = await device();
    const lines = api.follow("followLogs", { params: { name }, query, signal: io.interrupted });
    for await (const { data } of lines) {
      if (pattern !== undefined && data.dropped === undefined && !pattern.test(data.message)) continue;
      if (args.flag("json")) {
        printLine(io.out, JSON.stringify(data));
        continue;
      }
      const message = io.out.columns() === undefined ? data.message : tame(data.message);
      printLine(io.out, args.flag("timestamps") ? `${data.at} ${message}` : message);
    }
    return 0;
  },
};
