import { formatAge } from "../../model/age.ts";
import type { Receipt } from "../../model/receipt.ts";
import type { Command } from "../command.ts";
import { type CliIo, printLine } from "../io.ts";
import { JSON_OPTION, printJson } from "../json-option.ts";
import { reasonLines } from "../reason-lines.ts";
import { formatTable } from "../table.ts";
import { oneLine } from "../terminal-text.ts";
import { usageError } from "../usage-error.ts";

/** `berth orders`: how orders ended or stand, newest first; with an id, that one. */
export const command: Command = {
  usage: "[--tail N] [--json] [ORDER]",
  reaches: "device",
  options: {
    tail: { kind: "count", short: "n", value: "N", most: 1000, summary: "the newest N (20)" },
    json: JSON_OPTION,
  },
  async run({ io, args, device }) {
    const [id, ...surplus] = args.operands;
    if (surplus.length > 0) throw usageError("more than one order is named");
    const limit = args.count("tail") ?? 20;
    if (limit === 0) throw usageError("--tail 0 asks for nothing", "1 to 1000");
    const api = await device();
    const signal = io.interrupted;
    if (id === undefined) {
      const receipts = await api.call("listOrders", { query: { limit }, signal });
      if (args.flag("json")) printJson(io, receipts);
      else for (const line of orderLines(receipts, new Date())) printLine(io.out, line);
      return 0;
    }
    const receipt = await api.call("getOrder", { params: { id }, signal });
    if (args.flag("json")) printJson(io, receipt);
    else printReceipt(io, receipt);
    return 0;
  },
};

function orderLines(receipts: readonly Receipt[], now: Date): string[] {
  if (receipts.length === 0) return ["No orders yet."];
  const rows = receipts.map((receipt) => [
    receipt.order,
    describeAction(receipt),
    receipt.status,
    formatAge(receipt.at, now),
    receipt.origin,
    oneLine(receipt.issuer),
    receipt.reason?.code ?? "",
  ]);
  return formatTable(["ORDER", "ACTION", "STATUS", "SINCE", "ORIGIN", "BY", "REASON"], rows);
}

function describeAction({ action }: Receipt): string {
  if (action === undefined) return "-";
  return action.workload === undefined ? action.kind : `${action.kind} ${action.workload}`;
}

function printReceipt(io: CliIo, receipt: Receipt): void {
  printLine(io.out, `${receipt.order}  ${describeAction(receipt)}`);
  printLine(io.out, `  ${receipt.status} since ${receipt.at}`);
  printLine(
    io.out,
    `  given by ${oneLine(receipt.issuer)} (${receipt.origin}${receipt.verified ? "" : ", not verified"})`,
  );
  if (receipt.reason !== undefined) for (const line of reasonLines(receipt.reason)) printLine(io.out, `  ${line}`);
}
