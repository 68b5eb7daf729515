import type { Command } from "./command.ts";
import { giveAndFollow, INTERRUPTED } from "./run-order.ts";
import { usageError } from "./usage-error.ts";

/** A command that gives one simple order for each workload it names. */
export function workloadCommand(kind: "start" | "stop" | "restart", details: string): Command {
  return {
    usage: "[--detach] NAME…",
    details,
    reaches: "device",
    options: { detach: { kind: "flag", short: "d", summary: "do not wait for the end of the order" } },
    async run({ io, args, device }) {
      if (args.operands.length === 0) throw usageError("no workload is named", "NAME…");
      const api = await device();
      let worst = 0;
      for (const workload of args.operands) {
        const options = { title: `${kind} ${workload}`, detach: args.flag("detach") };
        const code = await giveAndFollow(io, api, { kind, workload }, options);
        if (code === INTERRUPTED) return code;
        worst = Math.max(worst, code);
      }
      return worst;
    },
  };
}
