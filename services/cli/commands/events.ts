import type { Command } from "../command.ts";
import { eventLine } from "../event-line.ts";
import { printLine } from "../io.ts";
import { requireOperands, usageError } from "../usage-error.ts";

/** `berth events`: what happened on the device, by which order and whom. */
export const command: Command = {
  usage: "[-f] [--tail N] [--after ID] [--json]",
  reaches: "device",
  options: {
    follow: { kind: "flag", short: "f", summary: "stay and print what comes" },
    tail: { kind: "count", short: "n", value: "N", most: 1000, summary: "begin with the newest N (100)" },
    after: { kind: "count", value: "ID", summary: "only those with a greater number" },
    json: { kind: "flag", summary: "print one JSON object a line" },
  },
  async run({ io, args, device }) {
    requireOperands(args);
    const limit = args.count("tail") ?? 100;
    if (limit === 0) throw usageError("--tail 0 asks for nothing", "1 to 1000");
    const query = { limit, after: args.count("after") ?? 0, follow: args.flag("follow") };
    const api = await device();
    for await (const { data } of api.follow("followEvents", { query, signal: io.interrupted })) {
      printLine(io.out, args.flag("json") ? JSON.stringify(data) : eventLine(data));
    }
    return 0;
  },
};
