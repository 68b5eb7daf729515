import { type PublishedPort, portRange } from "./port.ts";

/** Where a port of the device is taken: everywhere, at one address, or on one interface. */
export type PortPlace = Pick<PublishedPort, "host" | "protocol" | "address" | "interface">;

/**
 * Whether two cannot both have what they name: the same port of the same protocol, where what comes to one could be for
 * the other. As with bind(2), every address overlaps with each; of an interface and an address nobody knows, since
 * addresses move.
 */
export function portsOverlap(a: PortPlace, b: PortPlace): boolean {
  if (a.protocol !== b.protocol) return false;
  const [one, other] = [portRange(a.host), portRange(b.host)];
  return one.first <= other.last && other.first <= one.last && placesOverlap(a, b);
}

function placesOverlap(a: PortPlace, b: PortPlace): boolean {
  if (a.interface !== undefined && b.interface !== undefined) return a.interface === b.interface;
  if (a.address === undefined && a.interface === undefined) return true;
  if (b.address === undefined && b.interface === undefined) return true;
  if (a.address !== undefined && b.address !== undefined) return addressesOverlap(a.address, b.address);
  const address = a.address ?? b.address ?? "";
  // Nothing on an interface comes to the device's own address.
  return !isLoopback(address);
}

function addressesOverlap(a: string, b: string): boolean {
  if (a.includes(":") !== b.includes(":")) return false;
  const [one, other] = [canonical(a), canonical(b)];
  return one === other || isAny(one) || isAny(other);
}

/** 127.0.0.0/8 (RFC 1122 §3.2.1.3); a port is never published at ::1. */
export function isLoopback(address: string): boolean {
  return address.startsWith("127.");
}

/** Every address of its family. */
export function isAny(address: string): boolean {
  return canonical(address) === (address.includes(":") ? "::" : "0.0.0.0");
}

/** One text for each address (RFC 5952); an IPv4 address has but one. */
function canonical(address: string): string {
  return address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
