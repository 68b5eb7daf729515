import { addressNumber, type Subnet } from "./subnet.ts";

/** The workloads' IPv6 network: the device's own, and its first address the bridge's. */
export interface Subnet6 {
  /** `fd12:3456:789a::/64` */
  readonly cidr: string;
  readonly prefix: 64;
  /** `fd12:3456:789a::`: what every address begins with. */
  readonly start: string;
  /** The bridge's address. */
  readonly gateway: string;
}

/** What {@link ulaSubnet} reads. */
export const ULA_PREFIX = /^fd[0-9a-f]{2}(:[0-9a-f]{1,4}){2}$/;

/**
 * A prefix no other network has, most likely: `fd` and 40 random bits (RFC 4193 §3.2). Made once for a device and kept,
 * or addresses would change.
 */
export function makeUlaPrefix(random: Uint8Array): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = random;
  return `fd${a.toString(16).padStart(2, "0")}:${((b << 8) | c).toString(16)}:${((d << 8) | e).toString(16)}`;
}

/** Subnet 0 of a prefix by {@link makeUlaPrefix}, for workloads whose IPv4 addresses are in `subnet`. */
export function ulaSubnet(prefix: string, subnet: Subnet): Subnet6 {
  if (!ULA_PREFIX.test(prefix)) throw new Error(`not a unique local prefix: ${prefix}`);
  const start = `${prefix}::`;
  return { cidr: `${start}/64`, prefix: 64, start, gateway: ulaAddress({ start }, subnet.gateway) };
}

/** The IPv6 address beside an IPv4 one: its 32 bits are the interface's identifier, so that both are kept as one. */
export function ulaAddress({ start }: Pick<Subnet6, "start">, address: string): string {
  const number = addressNumber(address);
  const [high, low] = [Math.floor(number / 0x10000), number % 0x10000];
  return `${start}${high.toString(16)}:${low.toString(16)}`;
}
