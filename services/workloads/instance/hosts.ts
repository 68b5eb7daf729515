import { hostsFile, rewriteInPlace } from "../../network/hosts-file.ts";
import type { Addresses } from "../../network/publication.ts";
import { servingOf } from "./instances.ts";
import { deviceHosts, type EnginePaths, workloadPaths } from "./paths.ts";
import type { WorkloadRecord } from "./record.ts";

const LOOPBACK: Addresses = { v4: "127.0.0.1", v6: "::1" };

/**
 * Writes every workload's hosts file, and the device's, by what there is now: names are there while the supervisor is
 * not. A workload on the device's own network is where the bridge's gateway is; one without a network has no name for
 * others, and knows none.
 */
export function writeHosts(engine: EnginePaths, gateway: Addresses, records: readonly WorkloadRecord[]): void {
  const workloads = namesOf(gateway, records);
  rewriteInPlace(deviceHosts(engine), hostsFile({ gateway, workloads }));
  for (const { name, instance, hostname, network } of records) {
    const own = { name, hostname, addresses: network.addresses ?? LOOPBACK };
    const text = hostsFile({
      own,
      extra: network.hosts,
      gateway,
      workloads: network.mode === "none" ? [] : workloads,
    });
    rewriteInPlace(workloadPaths(engine, instance).hosts, text);
  }
}

/**
 * The text of a guest's own hosts file, which stays as it is while it runs: other workloads' names are not in it, since the
 * device's resolver knows them as they are now; unless the guest asks other servers.
 */
export function guestHosts(
  { name, hostname, network }: WorkloadRecord,
  resolver: "device" | "others",
  { gateway, records }: { readonly gateway: Addresses; readonly records: readonly WorkloadRecord[] },
): string {
  const own = { name, hostname, addresses: network.addresses ?? LOOPBACK };
  const workloads = resolver === "device" || network.mode === "none" ? [] : namesOf(gateway, records);
  return hostsFile({ own, extra: network.hosts, gateway, workloads });
}

function namesOf(gateway: Addresses, records: readonly WorkloadRecord[]) {
  return servingOf(records).flatMap(({ name, network: { mode, addresses } }) =>
    mode === "none" ? [] : [{ name, addresses: addresses ?? gateway }],
  );
}
