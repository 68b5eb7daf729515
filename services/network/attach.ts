import { closeSync, openSync } from "node:fs";
import { hardwareAddress } from "./address.ts";
import { defaultRoute, newAddress } from "./netlink/address.ts";
import {
  getLink,
  hairpin,
  intoBridge,
  linkIndex,
  linkUp,
  newVeth,
  withHardwareAddress,
  withoutOwnAddress,
} from "./netlink/link.ts";
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

/** Links the namespace at `path` to the bridge: `link` is the device's end; the other is not switched on yet. */
export function linkToBridge(netlink: Netlink, path: string, link: string, bridge: string): void {
  withNamespace(path, (namespace) =>
    withSocket(netlink.open(), (own) => {
      own.ask([newVeth({ name: link, peer: { name: OWN_LINK, namespace } })]);
      own.ask([withoutOwnAddress(link)]);
    }),
  );
  joinBridge(netlink, link, bridge);
}

/** Makes a link a port of the bridge. */
export function joinBridge(netlink: Netlink, link: string, bridge: string): void {
  withSocket(netlink.open(), (own) => {
    // With bridge netfilter, what a workload sends to its own published port goes back through the port it came by.
    own.ask([intoBridge(link, indexOf(own, bridge)), hairpin(link), linkUp(link)]);
  });
}

/** Gives the namespace at `path`, which is linked, its addresses and a way out, and switches its link on. */
export function giveAddresses(
  netlink: Netlink,
  options: {
    readonly path: string;
    readonly addresses: Addresses;
    readonly subnet: Subnet;
    readonly subnet6: Subnet6;
  },
): void {
  const { path, addresses, subnet, subnet6 } = options;
  inNamespace(netlink, path, (inside) => {
    const index = indexOf(inside, OWN_LINK);
    inside.ask([
      withHardwareAddress(OWN_LINK, hardwareAddress(addresses.v4)),
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

function inNamespace(netlink: Netlink, path: string, act: (inside: NetlinkSocket) => void): void {
  withNamespace(path, (namespace) => withSocket(netlink.open(namespace), act));
}

function withNamespace(path: string, act: (namespace: number) => void): void {
  const namespace = openSync(path, "r");
  try {
    act(namespace);
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
