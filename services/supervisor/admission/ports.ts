import type { Reason } from "../../model/reason.ts";
import type { PublishedPort } from "../../model/workload/port.ts";
import { type PortPlace, portsOverlap } from "../../model/workload/port-overlap.ts";
import type { Workload } from "../../model/workload.ts";
import type { Target } from "../target.ts";

/** Ports of the device that its own services hold. */
const RESERVED: readonly (PortPlace & { readonly holder: string })[] = [
  { host: 443, protocol: "tcp", holder: "the device's own LAN API" },
  { host: 68, protocol: "udp", holder: "the device's own DHCP client" },
  { host: 546, protocol: "udp", holder: "the device's own DHCP client" },
];

/** Why the device's ports that a manifest publishes cannot be its: taken by another, or by itself. */
export function refusalOfPorts(manifest: Workload, targets: ReadonlyMap<string, Target>): Reason | undefined {
  for (const [index, port] of manifest.ports.entries()) {
    const holder = holderOf(port, manifest.name, targets);
    if (holder === undefined) continue;
    return {
      code: "port-conflict",
      message: `port ${port.host}/${port.protocol} of the device is held by ${holder}`,
      field: `manifest.ports[${index}].host`,
      value: port.host,
      allowed: "ports that no other workload publishes",
    };
  }
  return duplicatePort(manifest.ports);
}

function holderOf(port: PublishedPort, name: string, targets: ReadonlyMap<string, Target>): string | undefined {
  const reserved = RESERVED.find((held) => portsOverlap(held, port));
  if (reserved !== undefined) return reserved.holder;
  for (const [other, target] of targets) {
    if (other !== name && target.manifest.ports.some((held) => portsOverlap(held, port))) return `workload ${other}`;
  }
  return undefined;
}

function duplicatePort(ports: readonly PublishedPort[]): Reason | undefined {
  const index = ports.findIndex((port, at) => ports.slice(0, at).some((earlier) => portsOverlap(earlier, port)));
  const port = ports[index];
  if (port === undefined) return undefined;
  return {
    code: "port-conflict",
    message: `port ${port.host}/${port.protocol} is published twice`,
    field: `manifest.ports[${index}].host`,
    value: port.host,
    allowed: "each port of the device once",
  };
}
