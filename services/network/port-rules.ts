import { type PortRange, portRange } from "../model/workload/port.ts";
import { isAny, isLoopback } from "../model/workload/port-overlap.ts";
import type { Publication } from "./publication.ts";

/** One family's words in nft(8). */
interface Family {
  readonly protocol: "ip" | "ip6";
  readonly nfproto: "ipv4" | "ipv6";
  /** Loopback addresses from outside are forged; only 127.0.0.1 of the device's own leads to workloads. */
  readonly loopback: { readonly outside: string; readonly own: string };
}

const FAMILIES: readonly Family[] = [
  {
    protocol: "ip",
    nfproto: "ipv4",
    loopback: { outside: "127.0.0.0/8", own: "127.0.0.2-127.255.255.255" },
  },
  // The kernel lets nothing to ::1 leave the loopback interface, whatever its address becomes.
  { protocol: "ip6", nfproto: "ipv6", loopback: { outside: "::1", own: "::1" } },
];

/** The rules by which what comes from outside, or from workloads, reaches a published port's workload. */
export function rulesFromOutside(port: Publication): string[] {
  return families(port).flatMap((family) => {
    if (port.address !== undefined && isLoopback(port.address)) return [];
    const on = port.interface === undefined ? "" : `iifname "${port.interface}" `;
    return [`${on}${destination(port, family, family.loopback.outside)} ${lead(port, family)}`];
  });
}

/** The rules by which what the device itself sends to one of its addresses reaches a published port's workload. */
export function rulesFromDevice(port: Publication): string[] {
  if (port.interface !== undefined) return [];
  return families(port).map((family) => `${destination(port, family, family.loopback.own)} ${lead(port, family)}`);
}

/** The rules by which a workload on the device's own network is let hear of what comes to a declared port. */
export function rulesForListener(port: Publication): string[] {
  const on = port.interface === undefined ? "" : `iifname "${port.interface}" `;
  const at = port.address === undefined || isAny(port.address) ? undefined : port.address;
  return families(port).map(({ protocol, nfproto }) => {
    const to = at === undefined ? `meta nfproto ${nfproto}` : `${protocol} daddr ${at}`;
    return `${on}${to} ${port.protocol} dport ${rangeText(portRange(port.host))} accept comment "${port.workload}"`;
  });
}

/** Families a port is published in: both unless its address is of one. */
function families({ address }: Publication): readonly Family[] {
  if (address === undefined) return FAMILIES;
  return FAMILIES.filter(({ protocol }) => (protocol === "ip6") === address.includes(":"));
}

function destination({ address }: Publication, { protocol, nfproto }: Family, never: string): string {
  if (address !== undefined && !isAny(address)) return `${protocol} daddr ${address}`;
  return `meta nfproto ${nfproto} fib daddr type local ${protocol} daddr != ${never}`;
}

function lead({ protocol, host, container, to, workload }: Publication, family: Family): string {
  if (to === undefined) throw new Error(`${workload} is on the device's own network`);
  const [from, into] = [portRange(host), portRange(container)];
  const address = family.protocol === "ip" ? to.v4 : `[${to.v6}]`;
  const bare = family.protocol === "ip" ? to.v4 : to.v6;
  // Told a range, the kernel would take any port of it that is free, so each port is named or left as it is.
  const target =
    from.first === into.first
      ? bare
      : from.first === from.last
        ? `${address}:${into.first}`
        : `${bare} : ${protocol} dport map { ${pairs(from, into)} }`;
  return `${protocol} dport ${rangeText(from)} dnat ${family.protocol} to ${target} comment "${workload}"`;
}

function pairs(from: PortRange, into: PortRange): string {
  return Array.from(
    { length: from.last - from.first + 1 },
    (_, step) => `${from.first + step} : ${into.first + step}`,
  ).join(", ");
}

function rangeText({ first, last }: PortRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}
