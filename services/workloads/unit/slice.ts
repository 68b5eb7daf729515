import type { Systemd } from "../../host/systemd.ts";
import { unitName } from "../instance/paths.ts";
import type { WorkloadRecord } from "../instance/record.ts";

/** The slice every workload's unit is in. */
export const SLICE = "berth.slice";

/** The control group of an instance of a workload. */
export function cgroupOf(instance: string): string {
  return `/sys/fs/cgroup/${SLICE}/${unitName(instance)}`;
}

/**
 * Keeps the slice's protected memory at the sum of what its workloads reserve: a group's own protection counts only as
 * far as that of the group around it (cgroup-v2.rst, memory.low).
 */
export function createSliceKeeper(systemd: Systemd): (records: readonly WorkloadRecord[]) => Promise<void> {
  let known: number | undefined;
  return async (records) => {
    const sum = records.reduce((total, record) => total + reservedMemory(record), 0);
    if (sum === (known ?? 0)) return;
    await systemd.setProperties(SLICE, [{ name: "MemoryLow", type: "t", value: sum }]);
    known = sum;
  };
}

/** What a record's unit is protected with, in bytes. */
export function reservedMemory({ unit }: Pick<WorkloadRecord, "unit">): number {
  const property = unit.find(({ name }) => name === "MemoryLow");
  return property?.type === "t" ? property.value : 0;
}
