import { readdir, readFile, readlink } from "node:fs/promises";

/** A socket of the device that takes what comes to a port. */
export interface Listener {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  /** The one address it is bound to; undefined where it takes what comes to any. */
  readonly address: string | undefined;
  readonly inode: string;
}

const TCP_LISTEN = "0A";
const UDP_UNCONNECTED = "07";

/**
 * The listeners in /proc/net/{tcp,tcp6,udp,udp6}. Source: proc_pid_net(5): `local_address` is the address in host order
 * words and the port in hex, `st` the state, `inode` the socket's.
 */
export function parseListeners(protocol: "tcp" | "udp", text: string): Listener[] {
  const found: Listener[] = [];
  for (const line of text.split("\n").slice(1)) {
    const [, local = "", remote = "", state, , , , , , inode] = line.trim().split(/\s+/);
    const [address = "", port = ""] = local.split(":");
    if (inode === undefined || port === "") continue;
    const listens = protocol === "tcp" ? state === TCP_LISTEN : state === UDP_UNCONNECTED && remote.endsWith(":0000");
    if (listens) found.push({ protocol, port: Number.parseInt(port, 16), address: boundTo(address), inode });
  }
  return found;
}

/**
 * The address in words of the CPU's order, which is little-endian on every board Berth knows. One bound to `::` takes
 * IPv4, too, unless it says otherwise, which the kernel does not tell here.
 */
function boundTo(hex: string): string | undefined {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => word.match(/../g)?.reverse() ?? []);
  const v4 = (from: number) =>
    bytes
      .slice(from)
      .map((byte) => Number.parseInt(byte, 16))
      .join(".");
  if (bytes.every((byte) => byte === "00")) return bytes.length === 4 ? "0.0.0.0" : undefined;
  if (bytes.length === 4) return v4(0);
  if (/^0{20}ffff/i.test(bytes.join(""))) return v4(12);
  const groups = Array.from({ length: 8 }, (_, at) => `${bytes[2 * at]}${bytes[2 * at + 1]}`);
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** Every listener of the network namespace this process is in. */
export async function deviceListeners(): Promise<Listener[]> {
  const files = [
    ["tcp", "tcp"],
    ["tcp", "tcp6"],
    ["udp", "udp"],
    ["udp", "udp6"],
  ] as const;
  const found = await Promise.all(
    // No tcp6 where the kernel has no IPv6.
    files.map(async ([protocol, file]) =>
      parseListeners(protocol, await readFile(`/proc/net/${file}`, "utf8").catch(() => "")),
    ),
  );
  return found.flat();
}

/** The name of the process that has a socket open, or undefined. Looks through every process: only for an error's text. */
export async function socketHolder(inode: string): Promise<string | undefined> {
  const wanted = `socket:[${inode}]`;
  for (const pid of (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name))) {
    // Processes end while one looks.
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      if ((await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "")) !== wanted) continue;
      return (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim() || undefined;
    }
  }
  return undefined;
}
