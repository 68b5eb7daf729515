import type { Command } from "../command.ts";
import { printLine } from "../io.ts";
import { requireOperands } from "../usage-error.ts";

/** `berth cancel`: ends an order that has not ended. */
export const command: Command = {
  usage: "ORDER",
  reaches: "device",
  options: {},
  async run({ io, args, device }) {
    const [id = ""] = requireOperands(args, "ORDER");
    const api = await device();
    const receipt = await api.call("cancelOrder", { params: { id }, signal: io.interrupted });
    printLine(io.out, `${receipt.order}: ${receipt.status}`);
    return 0;
  },
};
