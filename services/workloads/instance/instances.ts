import type { ObservedWorkload } from "../../supervisor/ports.ts";
import type { WorkloadRecord } from "./record.ts";

const SECOND = ".2";

/**
 * The two places a workload may run in: under its own name, and, while it is replaced without a gap, beside that under its name
 * with `.2`. A name with a dot is no workload's.
 */
export function instancesOf(workload: string): readonly [string, string] {
  return [workload, `${workload}${SECOND}`];
}

/** The workload an instance is of. */
export function workloadOfInstance(instance: string): string {
  return instance.endsWith(SECOND) ? instance.slice(0, -SECOND.length) : instance;
}

/**
 * What an instance is to its workload: the one that serves, which of those that were switched to is the newest; its successor,
 * which was not switched to yet; or what it was switched from and is to go. What has no record is to go where it is
 * not alone.
 */
export function roleOf(instance: string, records: readonly WorkloadRecord[]): ObservedWorkload["role"] {
  const workload = workloadOfInstance(instance);
  const own = records.find((record) => record.instance === instance);
  const serving = servingOf(records.filter(({ name }) => name === workload)).at(0);
  if (serving === undefined) return own === undefined && instance === workload ? "serving" : "retired";
  if (serving.instance === instance) return "serving";
  return own !== undefined && !own.serving && own.generation > serving.generation ? "successor" : "retired";
}

/** Of each workload the record of the instance that serves. */
export function servingOf(records: readonly WorkloadRecord[]): WorkloadRecord[] {
  const serving = new Map<string, WorkloadRecord>();
  for (const record of records) {
    const other = serving.get(record.name);
    if (record.serving && (other === undefined || other.generation < record.generation))
      serving.set(record.name, record);
  }
  return [...serving.values()];
}
