import { formatAge } from "../../model/age.ts";
import type { Command } from "../command.ts";
import { serverEndpoint } from "../connection.ts";
import { fetchDevices } from "../fleet-devices.ts";
import { printLine } from "../io.ts";
import { JSON_OPTION, printJson } from "../json-option.ts";
import { formatTable } from "../table.ts";
import { requireOperands } from "../usage-error.ts";

/** `berth devices`: the devices a fleet knows. */
export const command: Command = {
  usage: "[--json]",
  reaches: "fleet",
  options: { json: JSON_OPTION },
  async run({ io, args, fleet }) {
    requireOperands(args);
    const devices = await fetchDevices(await serverEndpoint(fleet()), io.interrupted);
    if (args.flag("json")) {
      printJson(io, devices);
      return 0;
    }
    if (devices.length === 0) printLine(io.out, "The fleet has no devices.");
    const now = new Date();
    const rows = devices.map(({ device, online, at, version }) => [
      device,
      online ? "online" : "offline",
      formatAge(at, now),
      version ?? "-",
    ]);
    for (const line of rows.length === 0 ? [] : formatTable(["NAME", "PRESENCE", "SINCE", "VERSION"], rows)) {
      printLine(io.out, line);
    }
    return 0;
  },
};
