import type { Device } from "../../model/device.ts";
import { formatVirtualization } from "../../model/format-virtualization.ts";
import { formatBytes } from "../../model/quantity.ts";
import type { Reason } from "../../model/reason.ts";
import type { Command } from "../command.ts";
import { printLine } from "../io.ts";
import { JSON_OPTION, printJson } from "../json-option.ts";
import { reasonLines } from "../reason-lines.ts";
import { formatTable } from "../table.ts";
import { oneLine } from "../terminal-text.ts";
import { requireOperands } from "../usage-error.ts";

/** `berth device`: what the device is and what is wrong with it. */
export const command: Command = {
  usage: "[--json]",
  reaches: "device",
  options: { json: JSON_OPTION },
  async run({ io, args, device }) {
    requireOperands(args);
    const api = await device();
    const facts = await api.call("getDevice", { signal: io.interrupted });
    if (args.flag("json")) printJson(io, facts);
    else for (const line of deviceLines(facts)) printLine(io.out, line);
    return 0;
  },
};

/** The device's facts, one a line, then its problems. */
export function deviceLines(device: Device): string[] {
  const [, ...facts] = formatTable(
    ["", ""],
    [
      ["Name", device.name],
      ["Berth", `${device.version}, base ${device.base}`],
      ["Board", `${device.board}, ${device.architecture}`],
      ["Kernel", device.kernel],
      ...(device.virtualization === undefined ? [] : [["Micro-VMs", formatVirtualization(device.virtualization)]]),
      ["Up since", device.bootedAt],
      ["Storage", `${formatBytes(device.storage.free)} free of ${formatBytes(device.storage.total)}`],
      ["Configuration", device.configuration.source],
      ["Public key", device.publicKey],
    ].map((row) => row.map(oneLine)),
  );
  return [
    ...facts,
    ...problemLines("Problems:", device.problems),
    ...problemLines("Problems in the configuration:", device.configuration.problems),
  ];
}

function problemLines(heading: string, problems: readonly Reason[]): string[] {
  return problems.length === 0 ? [] : ["", heading, ...problems.flatMap(reasonLines).map((line) => `  ${line}`)];
}
