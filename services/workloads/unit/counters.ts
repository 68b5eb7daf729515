import { readFile, readlink } from "node:fs/promises";
import type { ResourceCounters } from "../../supervisor/ports.ts";
import type { WorkloadPaths } from "../instance/paths.ts";
import { readRecord } from "../instance/record.ts";
import { cgroupOf } from "./slice.ts";

/**
 * Reads what the kernel counts for a workload (cgroup-v2.rst); undefined when it has no control group. Its network's
 * counters are those of its namespace (proc_pid_net(5)).
 */
export async function readCounters(instance: string, paths: WorkloadPaths): Promise<ResourceCounters | undefined> {
  const group = cgroupOf(instance);
  const read = (file: string) => readFile(`${group}/${file}`, "utf8").catch(() => "");
  const [cpu, memory, pids] = await Promise.all([read("cpu.stat"), read("memory.current"), read("pids.current")]);
  const at = performance.now();
  if (cpu === "" || memory === "" || pids === "") return undefined;
  const [io, peak, cpuMax, memoryMax, pidsMost, network] = await Promise.all([
    read("io.stat"),
    read("memory.peak"),
    read("cpu.max"),
    read("memory.max"),
    readPidsLimit(instance, paths),
    readNetwork(paths.pid),
  ]);
  return {
    at,
    cpu: Number(/^usage_usec (\d+)$/m.exec(cpu)?.[1] ?? 0),
    memory: numberIn(memory) ?? 0,
    peak: numberIn(peak),
    pids: numberIn(pids) ?? 0,
    io: { read: sumOf(io, "rbytes"), written: sumOf(io, "wbytes") },
    network,
    limits: {
      cpus: cpusIn(cpuMax),
      memory: numberIn(memoryMax),
      pids: pidsMost,
    },
  };
}

/** How many processes and threads a workload may have, those left out that are not its own; undefined without a limit. */
export async function readPidsLimit(instance: string, { record }: WorkloadPaths): Promise<number | undefined> {
  const text = await readFile(`${cgroupOf(instance)}/pids.max`, "utf8").catch(() => "");
  const known = readRecord(record);
  const most = numberIn(text);
  return most === undefined || known === undefined ? undefined : most - known.helperTasks;
}

/** The number a file holds; undefined for `max` and for what is not there. */
function numberIn(text: string): number | undefined {
  return /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}

/** `cpu.max`: microseconds of CPU time in each period. */
function cpusIn(text: string): number | undefined {
  const [, quota, period] = /^(\d+) (\d+)/.exec(text) ?? [];
  return quota === undefined ? undefined : Number(quota) / Number(period);
}

/** The sum of a key of `io.stat` over all disks. */
export function sumOf(text: string, key: string): number {
  return [...text.matchAll(new RegExp(`\\b${key}=(\\d+)`, "g"))].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function readNetwork(pidFile: string): Promise<ResourceCounters["network"]> {
  try {
    const pid = (await readFile(pidFile, "utf8")).trim();
    const [own, its] = await Promise.all([readlink("/proc/self/ns/net"), readlink(`/proc/${pid}/ns/net`)]);
    return own === its ? undefined : trafficIn(await readFile(`/proc/${pid}/net/dev`, "utf8"));
  } catch {
    return undefined;
  }
}

/** Bytes over every interface of /proc/net/dev but the loopback one. */
export function trafficIn(text: string): NonNullable<ResourceCounters["network"]> {
  const rows = text.split("\n").flatMap((line) => {
    const [, name, counts] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    return name === undefined || counts === undefined || name === "lo" ? [] : [counts.split(/\s+/).map(Number)];
  });
  return rows.reduce<{ received: number; sent: number }>(
    (sum, row) => ({ received: sum.received + (row[0] ?? 0), sent: sum.sent + (row[8] ?? 0) }),
    { received: 0, sent: 0 },
  );
}
