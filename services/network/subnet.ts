/** An IPv4 network for workloads; its first address is the bridge's. */
export interface Subnet {
  /** `10.88.0.0/16` */
  readonly cidr: string;
  readonly prefix: number;
  /** The network's own address as a number. */
  readonly base: number;
  /** Addresses in it. */
  readonly size: number;
  /** The bridge's address, which is the workloads' gateway. */
  readonly gateway: string;
}

/** Reads `a.b.c.d/n`, n from 8 to 29. Throws when it is none. */
export function subnetOf(cidr: string): Subnet {
  const [address = "", length = ""] = cidr.split("/");
  const prefix = Number(length);
  if (!/^[0-9]{1,2}$/.test(length) || prefix < 8 || prefix > 29) throw new Error(`not a network of workloads: ${cidr}`);
  const size = 2 ** (32 - prefix);
  const base = Math.floor(addressNumber(address) / size) * size;
  return { cidr: `${addressText(base)}/${prefix}`, prefix, base, size, gateway: addressText(base + 1) };
}

/** An IPv4 address as a number. Throws when it is none. */
export function addressNumber(text: string): number {
  const parts = text.split(".").map((part) => (/^(0|[1-9][0-9]{0,2})$/.test(part) ? Number(part) : Number.NaN));
  if (parts.length !== 4 || !parts.every((part) => part <= 255)) throw new Error(`not an IPv4 address: ${text}`);
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** A number as an IPv4 address. */
export function addressText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
