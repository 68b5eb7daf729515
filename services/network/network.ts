import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { mustRun, runCommand } from "../host/command.ts";
import { isThere } from "../host/files.ts";
import type { PublishedPort } from "../model/workload/port.ts";
import { hardwareAddress, linkName } from "./address.ts";
import { attachLoopback, giveAddresses, joinBridge, linkToBridge } from "./attach.ts";
import { renderFirewall } from "./firewall.ts";
import { type LeaseBook, openLeases } from "./leases.ts";
import { deviceListeners, socketHolder } from "./listener.ts";
import { openNetlink } from "./netlink/socket.ts";
import { findPortConflict, portInUse } from "./port-conflict.ts";
import type { Addresses, Publication } from "./publication.ts";
import type { Subnet } from "./subnet.ts";
import { type Subnet6, ulaAddress, ulaSubnet } from "./ula.ts";

/** The device's side of the workloads' network: a bridge, a namespace for each workload, and the firewall. */
export interface Network {
  /** Makes the bridge where it is missing. */
  prepare(): Promise<void>;
  /** The device, as workloads on the bridge reach it. */
  gateway(): Promise<Addresses>;
  /** The addresses that are the workload's until {@link release}. Throws `no-address-left`. */
  claim(name: string): Promise<Addresses>;
  /** Takes them back. Does nothing where there are none. */
  release(name: string): Promise<void>;
  /** Throws `port-in-use` when a port is another workload's or a socket of the device listens there. */
  checkPorts(ports: readonly PublishedPort[], others: readonly Publication[]): Promise<void>;
  /**
   * Links a namespace that is to become a workload's to the bridge, and gives the link's name: udev and all others who hear of
   * every new link have done so before a start. The link goes with the namespace.
   */
  linkAhead(namespace: string): Promise<string>;
  /** Links the workload's namespace, which is there, to the bridge, if it has addresses there and is not linked as `link`. */
  attach(name: string, addresses: Addresses | undefined, link?: string): Promise<void>;
  /** Clears the link and the namespace. Does nothing where there is nothing. */
  detach(name: string, addresses: Addresses | undefined, link?: string): Promise<void>;
  /** Replaces the firewall's rules, all at once. */
  publish(publications: readonly Publication[]): Promise<void>;
  /** Path of the workload's namespace. */
  namespacePath(name: string): string;
}

const BRIDGE = "berth0";
const NAMESPACES = "/run/netns";
/** What names of links begin with that were there before their workload. */
const AHEAD = "bw-";

/** Opens {@link Network}; nothing is touched before the first call. Uses netlink(7), ip(8) and nft(8). */
export function openNetwork({
  subnet,
  leases: leasesPath,
  bridge = BRIDGE,
}: {
  readonly subnet: Subnet;
  /** Where the addresses are kept. */
  readonly leases: string;
  readonly bridge?: string;
}): Network {
  const netlink = openNetlink();
  // Of this process only: another may have changed the rules before it.
  let published: string | undefined;
  let opening: Promise<{ leases: LeaseBook; subnet6: Subnet6 }> | undefined;
  const open = () => {
    if (opening !== undefined) return opening;
    const opened = openLeases(leasesPath, subnet).then((leases) => ({
      leases,
      subnet6: ulaSubnet(leases.prefix, subnet),
    }));
    // A disk that was full is not for ever.
    opened.catch(() => {
      opening = undefined;
    });
    opening = opened;
    return opened;
  };
  return {
    async prepare() {
      if (await isThere(`/sys/class/net/${bridge}`)) return;
      const { subnet6 } = await open();
      await ip([
        `link add name ${bridge} address ${hardwareAddress(subnet.gateway)} type bridge stp_state 0 forward_delay 0`,
        `addr add ${subnet.gateway}/${subnet.prefix} dev ${bridge}`,
        `addr add ${subnet6.gateway}/${subnet6.prefix} dev ${bridge} nodad`,
        `link set dev ${bridge} up`,
      ]);
    },
    gateway: async () => ({ v4: subnet.gateway, v6: (await open()).subnet6.gateway }),
    async claim(name) {
      const { leases, subnet6 } = await open();
      const v4 = await leases.claim(name);
      return { v4, v6: ulaAddress(subnet6, v4) };
    },
    release: async (name) => (await open()).leases.release(name),
    async checkPorts(ports, others) {
      if (ports.length === 0) return;
      const conflict = findPortConflict(ports, others, await deviceListeners(), subnet.gateway);
      if (conflict === undefined) return;
      const { holder } = conflict;
      throw portInUse(
        conflict,
        "workload" in holder
          ? `workload ${holder.workload}`
          : ((await socketHolder(holder.socket.inode)) ?? "the device itself"),
      );
    },
    async linkAhead(namespace) {
      const link = `${AHEAD}${randomBytes(3).toString("hex")}`;
      linkToBridge(netlink, namespace, link, bridge);
      return link;
    },
    async attach(name, addresses, ahead) {
      const path = `${NAMESPACES}/${namespaceName(name)}`;
      if (addresses === undefined) return attachLoopback(netlink, path);
      const { subnet6 } = await open();
      if (ahead === undefined) linkToBridge(netlink, path, linkName(addresses.v4), bridge);
      // The bridge may have been made anew meanwhile.
      else if (!(await isThere(`/sys/class/net/${ahead}/brport`))) joinBridge(netlink, ahead, bridge);
      giveAddresses(netlink, { path, addresses, subnet, subnet6 });
    },
    async detach(name, addresses, ahead) {
      const lines: string[] = [];
      const link = ahead ?? (addresses === undefined ? undefined : linkName(addresses.v4));
      if (link !== undefined && (await isThere(`/sys/class/net/${link}`))) lines.push(`link del dev ${link}`);
      if (await isThere(`${NAMESPACES}/${namespaceName(name)}`)) lines.push(`netns del ${namespaceName(name)}`);
      // Every line is tried: one that was gone already is no failure. By a process: the kernel takes its time.
      if (lines.length > 0) await runCommand(["ip", "-force", "-batch", "-"], { stdin: text(lines) });
    },
    async publish(publications) {
      const { subnet6 } = await open();
      const ruleset = renderFirewall({ bridge, subnet, subnet6, publications });
      if (ruleset === published) return;
      published = undefined;
      await mustRun(["nft", "-f", "-"], { stdin: ruleset });
      published = ruleset;
      // Only behind the rules above, which keep the device from being a router for anybody else, and what listens on
      // its 127.0.0.1 from being reached from the bridge.
      await setKernel("ipv4/ip_forward");
      await setKernel("ipv6/conf/all/forwarding");
      await setKernel(`ipv4/conf/${bridge}/route_localnet`);
    },
    namespacePath: (name) => `${NAMESPACES}/${namespaceName(name)}`,
  };
}

function namespaceName(workload: string): string {
  return `berth-${workload}`;
}

/** Switches a setting of the kernel's network on (ip-sysctl.rst). */
async function setKernel(setting: string): Promise<void> {
  const path = `/proc/sys/net/${setting}`;
  if ((await readFile(path, "utf8")).trim() !== "1") await writeFile(path, "1");
}

async function ip(lines: readonly string[]): Promise<void> {
  await mustRun(["ip", "-batch", "-"], { stdin: text(lines) });
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
