import { readFile } from "node:fs/promises";
import { linkName } from "../../network/address.ts";
import type { ResourceCounters } from "../../supervisor/ports.ts";
import type { WorkloadPaths } from "../instance/paths.ts";
import { readRecord, type WorkloadRecord } from "../instance/record.ts";
import { readCounters } from "../unit/counters.ts";

/** What the unit of a guest uses, QEMU's own share with it; its processes are those that its agent counts. */
export async function guestCounters(
  instance: string,
  paths: WorkloadPaths,
  inside: () => Promise<ReadonlyMap<string, number> | undefined>,
): Promise<ResourceCounters | undefined> {
  const counters = await readCounters(instance, paths);
  const record = readRecord(paths.record);
  if (counters === undefined || record === undefined) return undefined;
  const [counts, network] = await Promise.all([inside(), traffic(record)]);
  const pids = record.guest?.pids;
  return {
    ...counters,
    pids: counts?.get("pids") ?? 0,
    network,
    limits: { ...counters.limits, pids },
  };
}

/** The tap's counters, from the guest's side: what goes out by the tap comes in there. */
async function traffic({ network: { addresses } }: WorkloadRecord): Promise<ResourceCounters["network"]> {
  if (addresses === undefined) return undefined;
  const count = async (name: string) =>
    Number(await readFile(`/sys/class/net/${linkName(addresses.v4)}/statistics/${name}`, "utf8"));
  try {
    return { received: await count("tx_bytes"), sent: await count("rx_bytes") };
  } catch {
    return undefined;
  }
}
