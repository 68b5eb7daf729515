import { formatBytes } from "../model/format-bytes.ts";
import type { Stats, Usage } from "../model/stats.ts";
import { formatTable } from "./table.ts";

/** A sample as a table: use / limit. */
export function statsLines({ device, workloads }: Stats): string[] {
  if (workloads.length === 0) return [`${device} has no workloads.`];
  const heading = ["NAME", "CPU %", "MEMORY", "PEAK", "PIDS", "READ / WRITTEN", "RECEIVED / SENT", "RESTARTS"];
  const rows = workloads.map(({ name, phase, restarts, usage }) =>
    usage === undefined
      ? [name, phase, "-", "-", "-", "-", "-", String(restarts)]
      : [name, ...cells(usage), String(restarts)],
  );
  return formatTable(heading, rows);
}

function cells({ cpu, memory, pids, io, network }: Usage): string[] {
  return [
    of(cpu.percent.toFixed(1), cpu.limit?.toString()),
    of(formatBytes(memory.current), memory.limit === undefined ? undefined : formatBytes(memory.limit)),
    memory.peak === undefined ? "-" : formatBytes(memory.peak),
    of(String(pids.current), pids.limit?.toString()),
    `${formatBytes(io.read)} / ${formatBytes(io.written)}`,
    network === undefined ? "-" : `${formatBytes(network.received)} / ${formatBytes(network.sent)}`,
  ];
}

function of(use: string, limit: string | undefined): string {
  return limit === undefined ? use : `${use} / ${limit}`;
}
