import type { ApiClient } from "../../api/client.ts";
import type { LogLine } from "../../model/log-line.ts";
import { ReasonError } from "../../model/reason.ts";
import type { Receipt } from "../../model/receipt.ts";
import type { Workload } from "../../model/workload.ts";
import type { Command } from "../command.ts";
import { followOrder, orderSource } from "../follow-order.ts";
import { type CliIo, printLine } from "../io.ts";
import { followJobOutput, logSource } from "../job-output.ts";
import { LiveLine } from "../live-line.ts";
import { advance } from "../order-view.ts";
import type { OrderView } from "../progress-line.ts";
import { RUN_OPTIONS, runManifest } from "../run-manifest.ts";
import { giveOrder, INTERRUPTED, orderExitCode, printReason, runOrder } from "../run-order.ts";
import { tame } from "../terminal-text.ts";
import { usageError } from "../usage-error.ts";

/** `berth run`: orders a workload made from options, and shows what it writes until it ends. */
export const command: Command = {
  usage: "[OPTIONS] IMAGE [-- COMMAND…]",
  details: `It is an order like apply's: a job that is removed at its end, whose output is shown and whose exit code is this
command's. Ctrl-C removes it. With --detach it is a workload like any other, kept running until berth remove.
Exit code: the job's own; 1 where it could not be run, 2 wrong use, 130 after Ctrl-C.`,
  reaches: "device",
  options: {
    detach: { kind: "flag", short: "d", summary: "keep it running, print its name and end" },
    restart: { kind: "text", value: "POLICY", summary: "with --detach: always (the default), on-failure or never" },
    keep: { kind: "flag", summary: "do not remove it when it has ended with 0" },
    ...RUN_OPTIONS,
  },
  async run({ io, args, device }) {
    const [image, surplus] = args.operands;
    if (image === undefined) throw usageError("IMAGE is missing", "IMAGE [-- COMMAND…]");
    if (surplus !== undefined)
      throw usageError(`${JSON.stringify(surplus)} is one word too many`, "a command after --");
    const detach = args.flag("detach");
    const policy = args.text("restart");
    if (policy !== undefined && !detach) throw usageError("--restart is for what runs on", "--restart with --detach");
    if (args.flag("keep") && detach) throw usageError("--keep is for a job", "--keep without --detach");
    const kind = detach
      ? { ...(policy === undefined ? {} : { restart: { policy } }) }
      : { job: { remove: !args.flag("keep") } };
    const manifest = runManifest(args, image, kind, io.env);
    const api = await device();
    if (args.text("name") !== undefined) await refuseTaken(io, api, manifest.name);
    return detach ? runDetached(io, api, manifest) : runAttached(io, api, manifest);
  },
};

/** An order would put this in the place of the workload of that name; whoever runs an image anew does not mean that. */
async function refuseTaken(io: CliIo, api: ApiClient, name: string): Promise<void> {
  const { workloads } = await api.call("getState", { signal: io.interrupted });
  if (!workloads.some((workload) => workload.name === name)) return;
  throw new ReasonError({
    code: "name-taken",
    message: `there is a workload ${name} on this device`,
    field: "--name",
    value: name,
    allowed: "a name no workload has; remove it first, or change it with berth apply",
  });
}

async function runDetached(io: CliIo, api: ApiClient, manifest: Workload): Promise<number> {
  const options = { title: `run ${manifest.name}`, output: io.err, quiet: true };
  const run = await runOrder(io, api, { kind: "apply", manifest }, options);
  if (run.receipt.status === "succeeded") printLine(io.out, manifest.name);
  return orderExitCode(io, run);
}

async function runAttached(io: CliIo, api: ApiClient, manifest: Workload): Promise<number> {
  const { name } = manifest;
  let view: OrderView = { title: `run ${name}`, status: undefined, progress: undefined, lost: undefined };
  let receipt = await giveOrder(io, api, { kind: "apply", manifest });
  let line = io.err.columns() === undefined ? undefined : new LiveLine(io.err, view);
  let output: Promise<void> | undefined;
  const ended = Promise.withResolvers<void>();
  const print = ({ stream, message }: LogLine) => {
    line?.erase();
    line = undefined;
    const to = stream === "stderr" ? io.err : io.out;
    printLine(to, to.columns() === undefined ? message : tame(message));
  };
  try {
    for await (const news of followOrder(orderSource(api), receipt, io.interrupted)) {
      view = advance(view, news);
      if (news.kind === "receipt") receipt = news.receipt;
      if (receipt.status === "accepted" || receipt.status === "running") {
        output ??= followJobOutput(
          logSource(api, name),
          { since: receipt.at, ended: ended.promise },
          print,
          io.interrupted,
        );
      }
      line?.show(view);
    }
  } finally {
    line?.erase();
    ended.resolve();
    await output;
  }
  return io.interrupted.aborted ? removeInterrupted(io, api, name) : jobExitCode(io, receipt);
}

/** Whoever interrupts a job wants it gone. The order supersedes the one that runs it. */
async function removeInterrupted(io: CliIo, api: ApiClient, workload: string): Promise<number> {
  const id = crypto.randomUUID();
  await api.call("giveOrder", { body: { id, action: { kind: "remove", workload } } });
  printLine(io.err, `${workload} is stopped and removed by order ${id}`);
  return INTERRUPTED;
}

function jobExitCode(io: CliIo, receipt: Receipt): number {
  const { status, exitCode, reason } = receipt;
  // Its exit code says it all; whatever else ended it is said.
  if (status !== "succeeded" && !(exitCode !== undefined && reason?.code === "exited")) printReason(io, receipt);
  return exitCode ?? (status === "succeeded" ? 0 : 1);
}
