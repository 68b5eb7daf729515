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
  const workloads = servingOf(records).flatMap(({ name, network: { mode, addresses } }) =>
    mode === "none" ? [] : [{ name, addresses: addresses ?? gateway }],
  );
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
