import type { Command } from "../command.ts";
import { printLine } from "../io.ts";
import { orderExitCode, runOrder } from "../run-order.ts";
import { tame } from "../terminal-text.ts";
import { usageError } from "../usage-error.ts";

/** `berth exec`: runs a command inside a workload by an order and gives its output and exit code. */
export const command: Command = {
  usage: "[--timeout SECONDS] NAME -- COMMAND…",
  details: `The command gets no terminal and no input; each of its outputs is cut at 64 KiB.
Exit code: the command's own; 1 where it could not be run, 2 wrong use.`,
  reaches: "device",
  options: {
    timeout: { kind: "count", value: "SECONDS", most: 3600, summary: "end the command after this long (60)" },
  },
  async run({ io, args, device }) {
    const [workload, ...words] = args.operands;
    if (workload === undefined) throw usageError("NAME is missing", "NAME -- COMMAND…");
    const command = [...words, ...(args.rest ?? [])];
    if (command.length === 0) throw usageError("COMMAND is missing", "NAME -- COMMAND…");
    const timeoutSeconds = args.count("timeout") ?? 60;
    if (timeoutSeconds === 0) throw usageError("--timeout 0 leaves the command no time", "1 to 3600");
    const api = await device();
    const action = { kind: "exec", workload, command, timeoutSeconds } as const;
    const run = await runOrder(io, api, action, { title: `exec in ${workload}`, output: io.err, quiet: true });
    const result = run.receipt.exec;
    if (result === undefined) return orderExitCode(io, run);
    io.out.write(io.out.columns() === undefined ? result.stdout : tame(result.stdout));
    io.err.write(io.err.columns() === undefined ? result.stderr : tame(result.stderr));
    if (result.truncated) printLine(io.err, "berth: the output was longer; it is cut");
    return result.exitCode;
  },
};
