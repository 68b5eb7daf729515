import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeFileAtomically } from "../host/atomic-file.ts";
import { InstanceName } from "../model/names.ts";
import { allocateAddress } from "./address.ts";
import type { Subnet } from "./subnet.ts";
import { makeUlaPrefix, ULA_PREFIX } from "./ula.ts";

/** What is kept of the workloads' network, so that addresses are the same for years: network.json. */
const Leases = z.strictObject({
  /** The device's IPv6 prefix. */
  prefix: z.string().regex(ULA_PREFIX),
  /** The IPv4 address of each instance of a workload. */
  addresses: z.record(InstanceName, z.ipv4()),
});
type Leases = z.infer<typeof Leases>;

/** The addresses workloads have, running or not. */
export interface LeaseBook {
  readonly prefix: string;
  /** The address of a workload; one it is given now is on the disk when this settles. Throws `no-address-left`. */
  claim(name: string): Promise<string>;
  /** Takes the address back. Does nothing where there is none. */
  release(name: string): Promise<void>;
}

/**
 * Opens the book at `path`, or begins one where there is none. One that cannot be read is begun anew: workloads get the
 * addresses their names lead to, which most had before.
 */
export async function openLeases(path: string, subnet: Subnet): Promise<LeaseBook> {
  const read = await readLeases(path);
  let leases = read ?? { prefix: makeUlaPrefix(crypto.getRandomValues(new Uint8Array(5))), addresses: {} };
  const keep = async (changed: Leases) => {
    await writeFileAtomically(path, `${JSON.stringify(changed)}\n`, { mode: 0o600 });
    leases = changed;
  };
  if (read === undefined) await keep(leases);
  return {
    prefix: leases.prefix,
    async claim(name) {
      const known = leases.addresses[name];
      if (known !== undefined) return known;
      const address = allocateAddress(name, new Set(Object.values(leases.addresses)), subnet);
      await keep({ ...leases, addresses: { ...leases.addresses, [name]: address } });
      return address;
    },
    async release(name) {
      if (leases.addresses[name] === undefined) return;
      const { [name]: _, ...addresses } = leases.addresses;
      await keep({ ...leases, addresses });
    },
  };
}

async function readLeases(path: string): Promise<Leases | undefined> {
  try {
    const parsed = Leases.safeParse(JSON.parse(await readFile(path, "utf8")));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
