import type { PublishedPort } from "../model/workload.ts";
import type { Subnet } from "./subnet.ts";

/** A port of the device and where it leads. */
export interface Publication extends PublishedPort {
  /** The workload's name and address. */
  readonly workload: string;
  readonly address: string;
}

/** What the ruleset is made from. */
export interface Firewall {
  readonly bridge: string;
  readonly subnet: Subnet;
  readonly publications: readonly Publication[];
}

const TABLE = "inet berth";

/**
 * The whole ruleset as one transaction for `nft -f -`: the table is replaced, or nothing changes. Source: nft(8).
 *
 * - Published ports lead from every address of the device but its loopback ones, also from the device itself and from
 *   workloads.
 * - Workloads reach out, with the device's address; nothing reaches in but published ports.
 * - Of the device itself, workloads reach the resolver and ping on the bridge.
 */
export function renderFirewall({ bridge, subnet, publications }: Firewall): string {
  const outside = publications.map((port) => `    fib daddr type local ip daddr != ${subnet.gateway} ${lead(port)}`);
  const itself = publications.map((port) => `    fib daddr type local ip daddr != 127.0.0.0/8 ${lead(port)}`);
  return `table ${TABLE}
delete table ${TABLE}
table ${TABLE} {
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
${lines(outside)}  }
  chain output {
    type nat hook output priority dstnat; policy accept;
${lines(itself)}  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${subnet.cidr} oifname != "${bridge}" masquerade comment "out into the world"
    ip saddr ${subnet.cidr} ip daddr ${subnet.cidr} ct status dnat masquerade comment "back to a published port"
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ct state invalid drop
    iifname "${bridge}" ip saddr != ${subnet.cidr} drop comment "forged"
    oifname "${bridge}" ct status dnat accept comment "published ports"
    iifname "${bridge}" oifname != "${bridge}" accept
  }
  chain input {
    type filter hook input priority filter; policy accept;
    iifname != "${bridge}" accept
    ct state established,related accept
    ip daddr ${subnet.gateway} meta l4proto { tcp, udp } th dport 53 accept comment "the resolver"
    ip daddr ${subnet.gateway} icmp type echo-request accept
    ip6 nexthdr icmpv6 drop
    reject with icmpx admin-prohibited
  }
}
`;
}

function lead({ protocol, host, container, address, workload }: Publication): string {
  return `${protocol} dport ${host} dnat ip to ${address}:${container} comment "${workload}"`;
}

function lines(rules: readonly string[]): string {
  return rules.map((rule) => `${rule}\n`).join("");
}
