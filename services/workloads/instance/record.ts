import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { InstanceName, WorkloadName } from "../../model/names.ts";
import { HealthCheck } from "../../model/workload/health.ts";
import { NetworkSettings } from "../../model/workload/network.ts";
import { PublishedPort } from "../../model/workload/port.ts";

const UnitPropertyRecord = z.intersection(
  z.object({ name: z.string() }),
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("s"), value: z.string() }),
    z.object({ type: z.literal("b"), value: z.boolean() }),
    z.object({ type: z.enum(["i", "u"]), value: z.number() }),
    z.object({ type: z.literal("t"), value: z.number() }),
    z.object({ type: z.literal("a(st)"), value: z.array(z.object({ path: z.string(), most: z.number() })).readonly() }),
    z.object({ type: z.literal("as"), value: z.array(z.string()).readonly() }),
    z.object({ type: z.literal("a(ss)"), value: z.array(z.tuple([z.string(), z.string()]).readonly()).readonly() }),
    z.object({
      type: z.literal("a(ssbt)"),
      value: z.array(z.tuple([z.string(), z.string(), z.boolean(), z.number()]).readonly()).readonly(),
    }),
    z.object({
      type: z.literal("a(sst)"),
      value: z.array(z.tuple([z.string(), z.string(), z.number()]).readonly()).readonly(),
    }),
    z.object({
      type: z.literal("(bas)"),
      value: z.tuple([z.boolean(), z.array(z.string()).readonly()]).readonly(),
    }),
    z.object({
      type: z.literal("a(sasb)"),
      value: z
        .array(
          z.object({ path: z.string(), argv: z.array(z.string()).readonly(), mayFail: z.boolean().exactOptional() }),
        )
        .readonly(),
    }),
  ]),
);

/**
 * What the engine knows of a workload it prepared: started.json beside its bundle. With the unit it is all there is, so
 * that a supervisor that was killed finds everything again.
 */
export const WorkloadRecord = z.strictObject({
  name: WorkloadName,
  instance: InstanceName,
  /** Rises with each instance that was started to take the place of the one before. */
  generation: z.int(),
  /** Whether the workload's ports and name lead to this instance, unless a newer one says so, too. */
  serving: z.boolean(),
  /** Empty until the workload is handed to systemd. */
  fingerprint: z.string(),
  /** Its health check. */
  check: HealthCheck.optional(),
  /** Which run of a job it is; empty for what is none. */
  run: z.string(),
  network: z.strictObject({
    mode: NetworkSettings.shape.mode.unwrap(),
    /** On the bridge; absent where it is not there. */
    addresses: z.strictObject({ v4: z.ipv4(), v6: z.ipv6() }).exactOptional(),
    /** The device's end of its link, where that was there before it. */
    link: z.string().exactOptional(),
    /** Names its manifest adds. */
    hosts: NetworkSettings.shape.hosts.unwrap(),
  }),
  /** Milliseconds between the stop signal and the kill. */
  grace: z.int(),
  ports: z.array(PublishedPort).readonly(),
  /** Names of the volumes it may have mounted. */
  volumes: z.array(z.string()).readonly().default([]),
  /** Names of the layer mounts it stands on. */
  layers: z.array(z.string()).readonly(),
  /** Where it is not its name. */
  hostname: z.string().exactOptional(),
  /** First id of its range; absent where its ids are the device's. */
  ids: z.int().exactOptional(),
  /** Of a micro-VM: its machine, and how many processes and threads its workload may have. */
  guest: z
    .strictObject({ memory: z.int(), cpus: z.int(), emulated: z.boolean(), pids: z.int().exactOptional() })
    .exactOptional(),
  /** The number of the signal that asks it to stop. */
  stopSignal: z.int(),
  unit: z.array(UnitPropertyRecord).readonly(),
  /** How many tasks its unit may have beside the workload's own. */
  helperTasks: z.int(),
});
export type WorkloadRecord = z.infer<typeof WorkloadRecord>;

/** Reads a record; undefined when there is none or it is torn. */
export function readRecord(path: string): WorkloadRecord | undefined {
  try {
    const parsed = WorkloadRecord.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a record, whole or not at all. */
export function writeRecord(path: string, record: WorkloadRecord): void {
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The names below a directory that are instances of workloads; none where there is no directory. */
export function preparedNames(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => InstanceName.safeParse(name).success)
    .sort();
}
