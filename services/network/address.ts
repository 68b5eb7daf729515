import { hash32 } from "../model/hash.ts";
import { ReasonError } from "../model/reason.ts";
import { addressText, type Subnet } from "./subnet.ts";

/**
 * A workload's address: derived from its name, so that one that comes back has what it had before. Where another
 * workload has it, the next free one.
 *
 * @param taken addresses other workloads have
 */
export function allocateAddress(name: string, taken: ReadonlySet<string>, subnet: Subnet): string {
  // The network's address, the bridge's and the broadcast address are nobody's.
  const usable = subnet.size - 3;
  const start = hash32(name) % usable;
  for (let step = 0; step < usable; step++) {
    const address = addressText(subnet.base + 2 + ((start + step) % usable));
    if (!taken.has(address)) return address;
  }
  throw new ReasonError({ code: "no-address-left", message: `every address of ${subnet.cidr} is taken` });
}

/** The name of the device's end of a workload's link: at most 15 characters (IFNAMSIZ), one for each address. */
export function linkName(address: string): string {
  const [, second, third, fourth] = address.split(".");
  return `bw${second}-${third}-${fourth}`;
}

/**
 * The hardware address that goes with an address: a neighbour's table is still right when a workload is back. `02` says
 * that it is of local administration (IEEE 802 §8.4).
 */
export function hardwareAddress(address: string): string {
  const bytes = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return ["02", "be", ...bytes].join(":");
}

/** The IPv6 address an interface makes of its hardware address for its own link (RFC 4291, appendix A). */
export function linkLocalAddress(hardware: string): string {
  const [first = "0", ...rest] = hardware.split(":");
  const flipped = (Number.parseInt(first, 16) ^ 2).toString(16).padStart(2, "0");
  const [a, b, c, d, e] = rest;
  return `fe80::${flipped}${a}:${b}ff:fe${c}:${d}${e}`;
}
