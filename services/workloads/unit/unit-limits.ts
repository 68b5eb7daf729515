import type { UnitProperty } from "../../host/systemd-property.ts";
import { type Bytes, bytesOf, cpusOf } from "../../model/quantity.ts";
import type { Workload } from "../../model/workload.ts";

const SECOND = 1_000_000;
/** The shell that starts it, and crun's while it starts or enters the workload. */
const HELPER_TASKS = 3;
/** systemd-system.conf(5), DefaultLimitNOFILE=. */
const INHERITED_OPEN_FILES = 524_288;

/** Tasks in the unit that are not the workload's own, for which its limit has room. */
export function helperTasks({ init }: Pick<Workload, "init">): number {
  return HELPER_TASKS + (init ? 1 : 0);
}

/**
 * Limits and reservations as properties of the workload's unit. Source: systemd.resource-control(5).
 *
 * @param data any path on the data partition: systemd finds the disk below it
 */
export function limitProperties(manifest: Workload, data: string): UnitProperty[] {
  const { limits, reserve } = manifest;
  const { io } = limits;
  return [
    ...amount("CPUQuotaPerSecUSec", limits.cpus, (cpus) => Math.round(cpusOf(cpus) * SECOND)),
    ...amount("CPUWeight", limits.cpuWeight),
    ...amount("MemoryMax", limits.memory, bytesOf),
    ...amount("MemoryHigh", limits.memoryHigh, bytesOf),
    // The kernel takes from others first, as long as it can.
    ...amount("MemoryLow", reserve.memory, bytesOf),
    { name: "MemorySwapMax", type: "t", value: bytesOf(limits.swap) },
    // Beyond its memory the kernel ends the whole workload, not one process of it.
    { name: "OOMPolicy", type: "s", value: "kill" },
    ...amount("TasksMax", limits.pids, (pids) => pids + helperTasks(manifest)),
    // More than it would inherit from systemd: crun can no longer raise it where the workload has a user namespace.
    ...((limits.openFiles ?? 0) > INHERITED_OPEN_FILES ? amount("LimitNOFILE", limits.openFiles) : []),
    ...amount("IOWeight", io.weight),
    ...ofDisk("IOReadBandwidthMax", io.readBandwidth, data),
    ...ofDisk("IOWriteBandwidthMax", io.writeBandwidth, data),
    ...ofDisk("IOReadIOPSMax", io.readIops, data),
    ...ofDisk("IOWriteIOPSMax", io.writeIops, data),
    ...["CPUAccounting", "MemoryAccounting", "TasksAccounting", "IOAccounting"].map(
      (name): UnitProperty => ({ name, type: "b", value: true }),
    ),
  ];
}

/** A property of 64 bits; none where nothing is asked for. */
function amount<Q = number>(
  name: string,
  quantity: Q | undefined,
  measure: (quantity: Q) => number = Number,
): UnitProperty[] {
  return quantity === undefined ? [] : [{ name, type: "t", value: measure(quantity) }];
}

function ofDisk(name: string, most: Bytes | undefined, path: string): UnitProperty[] {
  return most === undefined ? [] : [{ name, type: "a(st)", value: [{ path, most: bytesOf(most) }] }];
}
