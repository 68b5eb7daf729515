import type { ApiClient } from "../api/client.ts";
import type { Action } from "../model/action.ts";
import { formatSpan } from "../model/age.ts";
import { ReasonError } from "../model/reason.ts";
import { isFinal, type Receipt, reasonOfReceipt } from "../model/receipt.ts";
import { followOrder, orderSource } from "./follow-order.ts";
import { type CliIo, type Output, printLine } from "./io.ts";
import { LiveLine } from "./live-line.ts";
import { advance } from "./order-view.ts";
import type { OrderView } from "./progress-line.ts";
import { reasonLines } from "./reason-lines.ts";

/** The exit code of a command that Ctrl-C ended, as shells have it: 128 and SIGINT's number. */
export const INTERRUPTED = 130;

/** An order on its way: its last known receipt, and whether it is the final one. */
export interface OrderRun {
  readonly receipt: Receipt;
  readonly ended: boolean;
}

/**
 * Gives an order and follows it to its end, shown on `output`. An interruption leaves the order alone, says so and gives
 * the last receipt heard of.
 */
export async function runOrder(
  io: CliIo,
  api: ApiClient,
  action: Action,
  options: { title: string; output: Output; quiet?: boolean },
): Promise<OrderRun> {
  const began = performance.now();
  let view: OrderView = { title: options.title, status: undefined, progress: undefined, lost: undefined };
  let receipt = await giveOrder(io, api, action);
  const line = options.quiet && options.output.columns() === undefined ? undefined : new LiveLine(options.output, view);
  try {
    for await (const news of followOrder(orderSource(api), receipt, io.interrupted)) {
      view = advance(view, news);
      if (news.kind === "receipt") receipt = news.receipt;
      line?.show(view);
    }
  } catch (error) {
    line?.erase();
    throw error;
  }
  const ended = isFinal(receipt.status);
  if (options.quiet) line?.erase();
  else line?.end(ended ? `${options.title}: ${receipt.status} (${formatSpan(performance.now() - began)})` : undefined);
  if (!ended) printLine(io.err, `The order goes on; ask with: berth orders ${receipt.order}`);
  return { receipt, ended };
}

/** Gives an order once: a lost answer is asked for again under the same id, which takes effect once. */
export async function giveOrder(io: CliIo, api: ApiClient, action: Action): Promise<Receipt> {
  const body = { id: crypto.randomUUID(), action };
  const signal = io.interrupted;
  try {
    return await api.call("giveOrder", { body, signal });
  } catch (error) {
    if (!(error instanceof ReasonError) || !error.transient || signal.aborted) throw error;
    await new Promise((resolve) => setTimeout(resolve, 500));
    return api.call("giveOrder", { body, signal });
  }
}

/** The exit code an order's end stands for; why it did not succeed goes to standard error. */
export function orderExitCode(io: CliIo, run: OrderRun): number {
  const { receipt, ended } = run;
  if (!ended) return INTERRUPTED;
  if (receipt.status === "succeeded") return 0;
  printReason(io, receipt);
  return 1;
}

/** Tells on standard error why an order did not succeed. */
export function printReason(io: CliIo, receipt: Receipt): void {
  for (const text of reasonLines(reasonOfReceipt(receipt)))
    printLine(io.err, text.startsWith(" ") ? text : `berth: ${text}`);
}

/** Gives an order and, unless detached, follows it: what apply, start, stop, restart and remove do. */
export async function giveAndFollow(
  io: CliIo,
  api: ApiClient,
  action: Action,
  options: { title: string; detach: boolean },
): Promise<number> {
  if (!options.detach) return orderExitCode(io, await runOrder(io, api, action, { ...options, output: io.out }));
  const receipt = await giveOrder(io, api, action);
  printLine(io.out, `${options.title}: ${receipt.status}, order ${receipt.order}`);
  return isFinal(receipt.status) ? orderExitCode(io, { receipt, ended: true }) : 0;
}
