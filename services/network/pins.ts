import { ip6Groups } from "../model/ip6-groups.ts";
import { hardwareAddress, linkLocalAddress, linkName } from "./address.ts";
import type { Addresses } from "./publication.ts";

const TABLE = "bridge berth";

/** A neighbour advertisement's target address (RFC 4861, 4.4); its name, `icmpv6 taddr`, is unknown to nft before 1.0.7. */
const TARGET = "@th,64,128";

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
  const local6 = linkLocalAddress(own);
  const addresses6 = `{ ${v6}, ${local6} }`;
  return `  chain ${linkName(v4)} {
    ether saddr != ${own} drop
    arp saddr ether ${own} arp saddr ip ${v4} accept
    ip saddr ${v4} accept
    icmpv6 type { nd-router-advert, nd-redirect } drop
    icmpv6 type nd-neighbor-advert ${TARGET} != ${hexadecimal(v6)} ${TARGET} != ${hexadecimal(local6)} drop
    ip6 saddr ${addresses6} accept
    ip6 saddr :: icmpv6 type nd-neighbor-solicit accept
    drop
  }
`;
}

/** An IPv6 address as nft writes raw payload. */
function hexadecimal(address: string): string {
  return `0x${ip6Groups(address)
    .map((group) => group.padStart(4, "0"))
    .join("")}`;
}
