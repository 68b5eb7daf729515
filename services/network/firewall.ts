import { rulesForListener, rulesFromDevice, rulesFromOutside } from "./port-rules.ts";
import type { Publication } from "./publication.ts";
import type { Subnet } from "./subnet.ts";
import type { Subnet6 } from "./ula.ts";

/** What the ruleset is made from. */
export interface Firewall {
  readonly bridge: string;
  readonly subnet: Subnet;
  readonly subnet6: Subnet6;
  readonly publications: readonly Publication[];
}

const TABLE = "inet berth";
const RESOLVER = "meta l4proto { tcp, udp } th dport 53";

/**
 * The whole ruleset as one transaction for `nft -f -`: the table is replaced, or nothing changes. Source: nft(8).
 * Connections go on: what they are translated to is the kernel's connection tracking, not the table's.
 *
 * - Into the device itself: its LAN API, what a network needs to work (ICMP, neighbour discovery, DHCP), and ports that
 *   workloads on its own network declare.
 * - Published ports lead to their workloads from every address of the device, its own 127.0.0.1 with them.
 * - Workloads reach each other, and out with the device's address; nothing reaches in but published ports.
 * - Of the device itself, workloads reach the resolver and ping on the bridge.
 */
export function renderFirewall({ bridge, subnet, subnet6, publications }: Firewall): string {
  const led = publications.filter(({ to }) => to !== undefined);
  const listeners = publications.filter(({ to }) => to === undefined);
  const resolver = `ip daddr ${subnet.gateway} ${RESOLVER} accept comment "the resolver"`;
  return `table ${TABLE}
delete table ${TABLE}
table ${TABLE} {
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    ${resolver}
${lines(led.flatMap(rulesFromOutside))}  }
  chain output {
    type nat hook output priority -100; policy accept;
    ${resolver}
${lines(led.flatMap(rulesFromDevice))}  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${subnet.cidr} oifname != "${bridge}" masquerade comment "out into the world"
    ip6 saddr ${subnet6.cidr} oifname != "${bridge}" masquerade comment "out into the world"
    ip saddr ${subnet.cidr} ip daddr ${subnet.cidr} ct status dnat masquerade comment "back to a published port"
    ip6 saddr ${subnet6.cidr} ip6 daddr ${subnet6.cidr} ct status dnat masquerade comment "back to a published port"
    ip saddr 127.0.0.1 oifname "${bridge}" masquerade comment "from the device's 127.0.0.1"
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iifname "${bridge}" jump unforged
    iifname "${bridge}" oifname "${bridge}" accept comment "between workloads"
    oifname "${bridge}" ct status dnat accept comment "published ports"
    iifname "${bridge}" accept
  }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iifname "lo" accept
${lines(listeners.flatMap(rulesForListener))}    iifname "${bridge}" goto workloads
    icmp type echo-request accept
    meta l4proto igmp accept
    icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, nd-router-advert, nd-redirect, mld-listener-query, mld-listener-report, mld2-listener-report } accept
    udp sport 67 udp dport 68 accept comment "DHCP"
    ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept comment "DHCPv6"
    tcp dport 443 accept comment "the LAN API"
    limit rate 100/second burst 100 packets reject with icmpx admin-prohibited
  }
  chain workloads {
    jump unforged
    ${resolver}
    ip daddr ${subnet.gateway} icmp type echo-request accept
    ip6 daddr ${subnet6.gateway} icmpv6 type echo-request accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    meta l4proto icmpv6 drop
    limit rate 100/second burst 100 packets reject with icmpx admin-prohibited
    drop
  }
  chain unforged {
    meta nfproto ipv4 ip saddr != ${subnet.cidr} drop
    meta nfproto ipv6 ip6 saddr != { ${subnet6.cidr}, fe80::/10, :: } drop
  }
}
`;
}

function lines(rules: readonly string[]): string {
  return rules.map((rule) => `    ${rule}\n`).join("");
}
