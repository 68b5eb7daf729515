import type { Systemd } from "../../host/systemd.ts";
import type { Exit, ObservedWorkload } from "../../supervisor/ports.ts";
import { roleOf } from "./instances.ts";
import { observedOf } from "./observation.ts";
import { type EnginePaths, instanceOfUnit, UNIT_PATTERN, workloadPaths, workloadsDirectory } from "./paths.ts";
import { readExit } from "./read-exit.ts";
import { preparedNames, type WorkloadRecord } from "./record.ts";

/** Every instance of a workload there is: units of systemd, and what was prepared for one. */
export async function observeInstances(
  engine: EnginePaths,
  systemd: Systemd,
  readRecords: () => readonly WorkloadRecord[],
  explain: (record: WorkloadRecord | undefined, exit: Exit) => Promise<Exit>,
): Promise<ObservedWorkload[]> {
  const units = await systemd.list(UNIT_PATTERN);
  const prepared = preparedNames(workloadsDirectory(engine));
  // After the units: whatever has a unit has had its record before.
  const records = readRecords();
  const byInstance = new Map(
    units.flatMap((unit) => {
      const instance = instanceOfUnit(unit.name);
      return instance === undefined ? [] : [[instance, unit] as const];
    }),
  );
  const instances = [...new Set([...prepared, ...byInstance.keys()])].sort();
  return Promise.all(
    instances.map(async (instance): Promise<ObservedWorkload> => {
      const unit = byInstance.get(instance);
      const [exit, restarts, activeSince] = await Promise.all([
        readExit(workloadPaths(engine, instance)),
        unit === undefined ? 0 : systemd.property(unit.name, "Service", "NRestarts"),
        unit === undefined ? 0 : systemd.property(unit.name, "Unit", "ActiveEnterTimestamp"),
      ]);
      const record = records.find((one) => one.instance === instance);
      return observedOf({
        instance,
        role: roleOf(instance, records),
        unit,
        restarts: Number(restarts ?? 0),
        activeSince: Number(activeSince ?? 0),
        record,
        exit: exit === undefined ? undefined : await explain(record, exit),
      });
    }),
  );
}
