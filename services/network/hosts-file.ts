import { closeSync, fchmodSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import type { NetworkSettings } from "../model/workload/network.ts";
import type { Addresses } from "./publication.ts";

/** The domain of workloads' names; .internal is nobody's on the Internet (ICANN resolution 2024.07.29.06). */
const DOMAIN = "berth.internal";

/** A workload's name and where it is reached. */
export interface NamedAddresses {
  readonly name: string;
  readonly addresses: Addresses;
}

const LOCAL = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";

/**
 * The text of a hosts(5) file: whose it is, what its owner adds, and every workload it may reach.
 *
 * @param options.own the workload's own name, and its host name where that is another; undefined in the device's file
 * @param options.gateway the device as workloads reach it
 */
export function hostsFile(options: {
  readonly own?: NamedAddresses & { readonly hostname?: string | undefined };
  readonly extra?: NetworkSettings["hosts"];
  readonly gateway: Addresses;
  readonly workloads: readonly NamedAddresses[];
}): string {
  const { own, extra = {}, gateway } = options;
  const added = Object.entries(extra).flatMap(([name, address]) =>
    (address === "gateway" ? [gateway.v4, gateway.v6] : [address]).map((one) => `${one}\t${name}\n`),
  );
  const others = options.workloads
    // A name that means this machine to every program means nothing else.
    .filter(({ name }) => name !== own?.name && name !== "localhost" && extra[name] === undefined)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const lines = ({ name, addresses: { v4, v6 } }: NamedAddresses, more = "") =>
    [v4, v6].map((address) => `${address}\t${more}${name} ${name}.${DOMAIN}\n`);
  const named = [
    ...(own === undefined ? [] : lines(own, own.hostname === undefined ? "" : `${own.hostname} `)),
    ...others.flatMap((other) => lines(other)),
  ];
  return [LOCAL, ...added, ...named].join("");
}

/**
 * Replaces a file's text in its place, readable for everybody: one that is mounted into a container is still the one it
 * sees. A reader sees the old text, or the new one, for a moment perhaps with blank lines after it. For files in memory:
 * they are written at once, which for many small ones is less than to wait for each. Does nothing where there is none:
 * what it belongs to has just gone.
 */
export function rewriteInPlace(path: string, text: string): void {
  const file = openThere(path);
  if (file === undefined) return;
  try {
    const bytes = Buffer.from(text);
    const { size, mode } = fstatSync(file);
    // open(2) takes the mode through the umask.
    if ((mode & 0o777) !== 0o644) fchmodSync(file, 0o644);
    const padded = size > bytes.length ? Buffer.concat([bytes, Buffer.alloc(size - bytes.length, "\n")]) : bytes;
    writeSync(file, padded, 0, padded.length, 0);
    if (padded.length > bytes.length) ftruncateSync(file, bytes.length);
  } finally {
    closeSync(file);
  }
}

function openThere(path: string): number | undefined {
  try {
    return openSync(path, "r+");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
