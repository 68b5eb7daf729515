import { hardwareAddress, linkLocalAddress, linkName } from "./address.ts";
import type { Addresses } from "./publication.ts";

const TABLE = "bridge berth";

/**
 * The rules that hold each guest to its own addresses, as part of the transaction that makes the firewall: whoever is root in a guest
 * writes whole frames. What comes from its tap under another's hardware address, IP address, or name of a neighbour
 * (ARP, neighbour discovery), and what only a router says, ends there. Source: nft(8).
 */
export function renderPins(guests: readonly Addresses[]): string {
  const sorted = [...guests].sort((a, b) => (a.v4 < b.v4 ? -1 : 1));
  const jumps = sorted.map(({ v4 }) => `    iifname "${linkName(v4)}" goto ${linkName(v4)}\n`);
  return `table ${TABLE}
delete table ${TABLE}
table ${TABLE} {
${sorted.map(chainOf).join("")}  chain prerouting {
    type filter hook prerouting priority -300; policy accept;
${jumps.join("")}  }
}
`;
}

function chainOf({ v4, v6 }: Addresses): string {
  const own = hardwareAddress(v4);
  const addresses6 = `{ ${v6}, ${linkLocalAddress(own)} }`;
  return `  chain ${linkName(v4)} {
    ether saddr != ${own} drop
    arp saddr ether ${own} arp saddr ip ${v4} accept
    ip saddr ${v4} accept
    icmpv6 type { nd-router-advert, nd-redirect } drop
    icmpv6 type nd-neighbor-advert icmpv6 taddr != ${addresses6} drop
    ip6 saddr ${addresses6} accept
    ip6 saddr :: icmpv6 type nd-neighbor-solicit accept
    drop
  }
`;
}
