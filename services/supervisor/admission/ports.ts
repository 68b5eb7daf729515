import type { Reason } from "../../model/reason.ts";
import type { PublishedPort, Workload } from "../../model/workload.ts";
import type { Target } from "../target.ts";

/** Ports of the device that its own services hold. */
const RESERVED_PORTS: ReadonlyMap<number, string> = new Map([[443, "the device's own LAN API"]]);

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
      allowed: "a port that no other workload publishes",
    };
  }
  return duplicatePort(manifest.ports);
}

function holderOf(port: PublishedPort, name: string, targets: ReadonlyMap<string, Target>): string | undefined {
  const reserved = port.protocol === "tcp" ? RESERVED_PORTS.get(port.host) : undefined;
  if (reserved !== undefined) return reserved;
  for (const [other, target] of targets) {
    if (other !== name && target.manifest.ports.some((held) => samePort(held, port))) return `workload ${other}`;
  }
  return undefined;
}

function duplicatePort(ports: readonly PublishedPort[]): Reason | undefined {
  const index = ports.findIndex((port, at) => ports.slice(0, at).some((earlier) => samePort(earlier, port)));
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

function samePort(a: PublishedPort, b: PublishedPort): boolean {
  return a.host === b.host && a.protocol === b.protocol;
}
