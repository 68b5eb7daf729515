import { closeSync, openSync } from "node:fs";
import { hardwareAddress, linkName } from "./address.ts";
import { defaultRoute, newAddress } from "./netlink/address.ts";
import { getLink, hairpin, intoBridge, linkIndex, linkUp, newVeth, withoutOwnAddress } from "./netlink/link.ts";
import type { Netlink, NetlinkSocket } from "./netlink/socket.ts";
import type { Addresses } from "./publication.ts";
import type { Subnet } from "./subnet.ts";
import type { Subnet6 } from "./ula.ts";

/** The workload's end of its link. */
const OWN_LINK = "eth0";

/** Switches on the loopback interface of the namespace at `path`. */
export function attachLoopback(netlink: Netlink, path: string): void {
  inNamespace(netlink, path, (inside) => inside.ask([linkUp("lo")]));
}

/** Links the namespace at `path` to the bridge, with its addresses and a way out. */
export function attachToBridge(
  netlink: Netlink,
  options: {
    readonly path: string;
    readonly bridge: string;
    readonly addresses: Addresses;
    readonly subnet: Subnet;
    readonly subnet6: Subnet6;
  },
): void {
  const { path, bridge, addresses, subnet, subnet6 } = options;
  const link = linkName(addresses.v4);
  inNamespace(netlink, path, (inside, namespace) => {
    withSocket(netlink.open(), (own) => {
      const peer = { name: OWN_LINK, hardwareAddress: hardwareAddress(addresses.v4), namespace };
      own.ask([newVeth({ name: link, peer })]);
      own.ask([
        withoutOwnAddress(link),
        intoBridge(link, indexOf(own, bridge)),
        // With bridge netfilter, what a workload sends to its own published port goes back through the port it came by.
        hairpin(link),
        linkUp(link),
      ]);
    });
    const index = indexOf(inside, OWN_LINK);
    inside.ask([
      linkUp("lo"),
      newAddress(index, addresses.v4, subnet.prefix),
      newAddress(index, addresses.v6, subnet6.prefix),
      linkUp(OWN_LINK),
      defaultRoute(index, subnet.gateway),
      defaultRoute(index, subnet6.gateway),
    ]);
  });
}

function indexOf(socket: NetlinkSocket, link: string): number {
  const [answer] = socket.ask([getLink(link)]);
  if (answer === undefined) throw new Error(`the kernel says nothing of ${link}`);
  return linkIndex(answer.body);
}

function inNamespace(netlink: Netlink, path: string, act: (inside: NetlinkSocket, namespace: number) => void): void {
  const namespace = openSync(path, "r");
  try {
    withSocket(netlink.open(namespace), (inside) => act(inside, namespace));
  } finally {
    closeSync(namespace);
  }
}

function withSocket(socket: NetlinkSocket, act: (socket: NetlinkSocket) => void): void {
  try {
    act(socket);
  } finally {
    socket.close();
  }
}
