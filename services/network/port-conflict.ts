import { ReasonError } from "../model/reason.ts";
import type { PublishedPort } from "../model/workload.ts";
import type { Publication } from "./firewall.ts";
import type { Listener } from "./listener.ts";

/** A port that cannot be published, and who has it. */
export interface PortConflict {
  /** Index into the ports asked for. */
  readonly index: number;
  readonly port: PublishedPort;
  readonly holder: { readonly workload: string } | { readonly socket: Listener };
}

/** The first of `ports` that another workload publishes or a socket of the device listens on. */
export function findPortConflict(
  ports: readonly PublishedPort[],
  others: readonly Publication[],
  listeners: readonly Listener[],
): PortConflict | undefined {
  for (const [index, port] of ports.entries()) {
    const other = others.find(({ host, protocol }) => host === port.host && protocol === port.protocol);
    if (other !== undefined) return { index, port, holder: { workload: other.workload } };
    const socket = listeners.find(
      (listener) => listener.port === port.host && listener.protocol === port.protocol && !listener.loopback,
    );
    if (socket !== undefined) return { index, port, holder: { socket } };
  }
  return undefined;
}

/** The error a conflict is: `port-in-use`, naming port and holder. */
export function portInUse({ index, port }: PortConflict, holder: string): ReasonError {
  return new ReasonError(
    {
      code: "port-in-use",
      message: `port ${port.host}/${port.protocol} of the device is in use by ${holder}`,
      field: `ports[${index}].host`,
      value: port.host,
      allowed: "a port nothing else on the device uses",
    },
    { transient: true },
  );
}
