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
import { renderPins } from "./pins.ts";
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
  /**
   * Makes a guest's link, a tap on the bridge that the user `owner` of the device may open. What comes by it must have the
   * guest's addresses ({@link publish}).
   */
  attachTap(addresses: Addresses, owner: number): Promise<void>;
  /** Clears the link and the namespace. Does nothing where there is nothing. */
  detach(name: string, addresses: Addresses | undefined, link?: string): Promise<void>;
  /** Replaces the firewall's rules, all at once. `guests`: addresses of the workloads whose link is a tap. */
  publish(publications: readonly Publication[], guests: readonly Addresses[]): Promise<void>;
  /** What a workload's machine is told of its network. */
  settings(addresses: Addresses): Promise<LinkSettings>;
  /** Path of the workload's namespace. */
  namespacePath(name: string): string;
}

/** A machine's place on the bridge: its addresses with the length of their prefixes, and its ways out. */
export interface LinkSettings {
  /** The device's end. */
  readonly name: string;
  readonly hardwareAddress: string;
  readonly address4: string;
  readonly gateway4: string;
  readonly address6: string;
  readonly gateway6: string;
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
    async attachTap({ v4 }, owner) {
      const link = linkName(v4);
      // One that a start left which was cut off may have another owner.
      if (await isThere(`/sys/class/net/${link}`)) await ip([`link del dev ${link}`]);
      await ip([
        `tuntap add dev ${link} mode tap user ${owner} vnet_hdr`,
        `link set dev ${link} addrgenmode none`,
        `link set dev ${link} master ${bridge} up`,
        `link set dev ${link} type bridge_slave hairpin on`,
      ]);
    },
    async settings({ v4, v6 }) {
      const { subnet6 } = await open();
      return {
        name: linkName(v4),
        hardwareAddress: hardwareAddress(v4),
        address4: `${v4}/${subnet.prefix}`,
        gateway4: subnet.gateway,
        address6: `${v6}/${subnet6.prefix}`,
        gateway6: subnet6.gateway,
      };
    },
    async detach(name, addresses, ahead) {
      const lines: string[] = [];
      const link = ahead ?? (addresses === undefined ? undefined : linkName(addresses.v4));
      if (link !== undefined && (await isThere(`/sys/class/net/${link}`))) lines.push(`link del dev ${link}`);
      if (await isThere(`${NAMESPACES}/${namespaceName(name)}`)) lines.push(`netns del ${namespaceName(name)}`);
      // Every line is tried: one that was gone already is no failure. By a process: the kernel takes its time.
      if (lines.length > 0) await runCommand(["ip", "-force", "-batch", "-"], { stdin: text(lines) });
    },
    async publish(publications, guests) {
      const { subnet6 } = await open();
      const ruleset = renderFirewall({ bridge, subnet, subnet6, publications }) + renderPins(guests);
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
