import { readFile, writeFile } from "node:fs/promises";
import { mustRun, runCommand } from "../host/command.ts";
import { isThere } from "../host/files.ts";
import type { PublishedPort } from "../model/workload.ts";
import { linkName } from "./address.ts";
import { type Publication, renderFirewall } from "./firewall.ts";
import { deviceListeners, socketHolder } from "./listener.ts";
import { findPortConflict, portInUse } from "./port-conflict.ts";
import type { Subnet } from "./subnet.ts";

/** The device's side of the workloads' network: a bridge, a namespace for each workload, and the firewall. */
export interface Network {
  /** Makes the bridge where it is missing. */
  prepare(): Promise<void>;
  /** Throws `port-in-use` when a port is another workload's or a socket of the device listens there. */
  checkPorts(ports: readonly PublishedPort[], others: readonly Publication[]): Promise<void>;
  /** Makes the workload's namespace, linked to the bridge, with its address. */
  attach(name: string, address: string): Promise<void>;
  /** Clears what {@link attach} made. Does nothing where there is nothing. */
  detach(name: string, address: string | undefined): Promise<void>;
  /** Replaces the firewall's rules, all at once. */
  publish(publications: readonly Publication[]): Promise<void>;
  /** Path of the workload's namespace. */
  namespacePath(name: string): string;
}

const BRIDGE = "berth0";
const NAMESPACES = "/run/netns";
const FORWARDING = "/proc/sys/net/ipv4/ip_forward";

/** Opens {@link Network}; nothing is touched before the first call. Uses ip(8) and nft(8). */
export function openNetwork({
  subnet,
  bridge = BRIDGE,
}: {
  readonly subnet: Subnet;
  readonly bridge?: string;
}): Network {
  // Of this process only: another may have changed the rules before it.
  let published: string | undefined;
  return {
    async prepare() {
      if (await isThere(`/sys/class/net/${bridge}`)) return;
      await ip(
        [],
        [
          `link add name ${bridge} type bridge stp_state 0 forward_delay 0`,
          `addr add ${subnet.gateway}/${subnet.prefix} dev ${bridge}`,
          `link set dev ${bridge} up`,
        ],
      );
    },
    async checkPorts(ports, others) {
      if (ports.length === 0) return;
      const conflict = findPortConflict(ports, others, await deviceListeners());
      if (conflict === undefined) return;
      const { holder } = conflict;
      throw portInUse(
        conflict,
        "workload" in holder
          ? `workload ${holder.workload}`
          : ((await socketHolder(holder.socket.inode)) ?? "the device itself"),
      );
    },
    async attach(name, address) {
      const namespace = namespaceName(name);
      const link = linkName(address);
      await ip(
        [],
        [
          `netns add ${namespace}`,
          `link add name ${link} type veth peer name eth0 netns ${namespace}`,
          `link set dev ${link} master ${bridge} up`,
        ],
      );
      await ip(
        ["-netns", namespace],
        [
          "link set dev lo up",
          `addr add ${address}/${subnet.prefix} dev eth0`,
          "link set dev eth0 up",
          `route add default via ${subnet.gateway}`,
        ],
      );
    },
    async detach(name, address) {
      const lines: string[] = [];
      const link = address === undefined ? undefined : linkName(address);
      if (link !== undefined && (await isThere(`/sys/class/net/${link}`))) lines.push(`link del dev ${link}`);
      if (await isThere(`${NAMESPACES}/${namespaceName(name)}`)) lines.push(`netns del ${namespaceName(name)}`);
      if (lines.length > 0) await ip(["-force"], lines);
    },
    async publish(publications) {
      const ruleset = renderFirewall({ bridge, subnet, publications });
      if (ruleset === published) return;
      published = undefined;
      await mustRun(["nft", "-f", "-"], { stdin: ruleset });
      published = ruleset;
      // Only behind the rules above, which keep the device from being a router for anybody else.
      if ((await readFile(FORWARDING, "utf8")).trim() !== "1") await writeFile(FORWARDING, "1");
    },
    namespacePath: (name) => `${NAMESPACES}/${namespaceName(name)}`,
  };
}

function namespaceName(workload: string): string {
  return `berth-${workload}`;
}

async function ip(options: readonly string[], lines: readonly string[]): Promise<void> {
  const argv = ["ip", ...options, "-batch", "-"];
  const input = { stdin: `${lines.join("\n")}\n` };
  // With -force every line is tried: one that was gone already is no failure.
  if (options.includes("-force")) await runCommand(argv, input);
  else await mustRun(argv, input);
}
