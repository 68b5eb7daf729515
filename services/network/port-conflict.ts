import { ReasonError } from "../model/reason.ts";
import type { PublishedPort } from "../model/workload/port.ts";
import { isAny, isLoopback, portsOverlap } from "../model/workload/port-overlap.ts";
import type { Listener } from "./listener.ts";
import type { Publication } from "./publication.ts";

/** A port that cannot be published, and who has it. */
export interface PortConflict {
  /** Index into the ports asked for. */
  readonly index: number;
  readonly port: PublishedPort;
  readonly holder: { readonly workload: string } | { readonly socket: Listener };
}

/**
 * The first of `ports` that another workload publishes or a socket of the device listens on.
 *
 * @param gateway the bridge's address, whose resolver no published port takes from
 */
export function findPortConflict(
  ports: readonly PublishedPort[],
  others: readonly Publication[],
  listeners: readonly Listener[],
  gateway: string,
): PortConflict | undefined {
  for (const [index, port] of ports.entries()) {
    const other = others.find((publication) => portsOverlap(publication, port));
    if (other !== undefined) return { index, port, holder: { workload: other.workload } };
    const socket = listeners.find((listener) => takesFrom(port, listener, gateway));
    if (socket !== undefined) return { index, port, holder: { socket } };
  }
  return undefined;
}

/** Whether what the firewall leads away from the device is what a socket of it waits for. */
function takesFrom(port: PublishedPort, listener: Listener, gateway: string): boolean {
  const { address, protocol } = listener;
  if (!portsOverlap(port, { host: listener.port, protocol, ...(address === undefined ? {} : { address }) }))
    return false;
  const everywhere = port.address === undefined || isAny(port.address);
  if (address === undefined || !everywhere) return true;
  if (address === gateway && listener.port === 53) return false;
  // Of the loopback addresses, a port that is published everywhere is published at 127.0.0.1 alone.
  return address !== "::1" && (!isLoopback(address) || address === "127.0.0.1");
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
