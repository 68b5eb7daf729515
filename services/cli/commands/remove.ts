import type { ApiClient } from "../../api/client.ts";
import { ReasonError } from "../../model/reason.ts";
import type { Command } from "../command.ts";
import { type CliIo, printLine } from "../io.ts";
import { giveAndFollow, INTERRUPTED } from "../run-order.ts";
import { usageError } from "../usage-error.ts";

/** `berth remove` */
export const command: Command = {
  usage: "[--detach] [--volumes] NAME…",
  details: `Stops a workload and forgets it. Its volumes stay, for it to come back or for berth volume remove; with --volumes those that no
other workload names are deleted.`,
  reaches: "device",
  options: {
    detach: { kind: "flag", short: "d", summary: "do not wait for the end of the order" },
    volumes: { kind: "flag", summary: "delete its volumes, too" },
  },
  async run({ io, args, device }) {
    if (args.operands.length === 0) throw usageError("no workload is named", "NAME…");
    const api = await device();
    const volumes = args.flag("volumes");
    let worst = 0;
    for (const workload of args.operands) {
      const kept = volumes ? [] : await volumesOf(io, api, workload);
      const options = { title: `remove ${workload}`, detach: args.flag("detach") };
      const action = { kind: "remove", workload, ...(volumes ? { volumes } : {}) } as const;
      const code = await giveAndFollow(io, api, action, options);
      if (code === INTERRUPTED) return code;
      if (code === 0 && kept === undefined) printLine(io.out, "  its volumes, if it has any, stay");
      if (code === 0 && kept !== undefined && kept.length > 0)
        printLine(io.out, `  its volumes stay: ${kept.join(", ")}`);
      worst = Math.max(worst, code);
    }
    return worst;
  },
};

/** The volumes of a workload; undefined where the device cannot tell now: the order stands all the same. */
async function volumesOf(io: CliIo, api: ApiClient, workload: string): Promise<string[] | undefined> {
  try {
    const volumes = await api.call("listVolumes", { query: { sizes: false }, signal: io.interrupted });
    return volumes.filter(({ workloads }) => workloads.includes(workload)).map(({ name }) => name);
  } catch (error) {
    if (error instanceof ReasonError && error.reason.code === "device-unreachable") return undefined;
    throw error;
  }
}
