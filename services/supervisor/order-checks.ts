import type { Action } from "../model/action.ts";
import type { Order } from "../model/order.ts";
import type { Reason } from "../model/reason.ts";
import type { PublishedPort } from "../model/workload.ts";
import type { Target } from "./target.ts";

/** Ports of the device that its own services hold. */
const RESERVED_PORTS: ReadonlyMap<number, string> = new Map([[443, "the device's own LAN API"]]);

/** What a signed order is held against. */
export interface OrderContext {
  readonly device: string;
  readonly now: Date;
  /** The highest sequence accepted from the key that signed it; 0 before the first. */
  readonly lastSequence: number;
}

/** Why a signed order whose signature is good is refused all the same: audience, term or sequence. */
export function refusalOfOrder(order: Order, context: OrderContext): Reason | undefined {
  if (order.device !== context.device) {
    return {
      code: "wrong-audience",
      message: `the order is for ${order.device}, and this is ${context.device}`,
      field: "device",
      value: order.device,
      allowed: context.device,
    };
  }
  if (Date.parse(order.expiresAt) <= context.now.getTime()) {
    return {
      code: "order-expired",
      message: `the order expired at ${order.expiresAt}, and it is ${context.now.toISOString()} here`,
      field: "expiresAt",
      value: order.expiresAt,
      allowed: `a time after ${context.now.toISOString()}`,
    };
  }
  if (order.sequence <= context.lastSequence) {
    return {
      code: "order-replayed",
      message: `the order has sequence ${order.sequence}, and ${context.lastSequence} was accepted from this key before`,
      field: "sequence",
      value: order.sequence,
      allowed: `more than ${context.lastSequence}`,
    };
  }
  return undefined;
}

/** Why an action cannot be: it names a workload that is not there, or publishes a port that is taken. */
export function refusalOfAction(action: Action, targets: ReadonlyMap<string, Target>): Reason | undefined {
  if (action.kind !== "apply") {
    if (targets.has(action.workload)) return undefined;
    const names = [...targets.keys()].sort().join(", ");
    return {
      code: "workload-not-found",
      message: `there is no workload ${action.workload} on this device`,
      field: "workload",
      value: action.workload,
      allowed: names === "" ? "none yet: apply a manifest first" : names,
    };
  }
  for (const [index, port] of action.manifest.ports.entries()) {
    const holder = holderOf(port, action.manifest.name, targets);
    if (holder === undefined) continue;
    return {
      code: "port-conflict",
      message: `port ${port.host}/${port.protocol} of the device is held by ${holder}`,
      field: `manifest.ports[${index}].host`,
      value: port.host,
      allowed: "a port that no other workload publishes",
    };
  }
  return duplicatePort(action.manifest.ports);
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
