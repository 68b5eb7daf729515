import { attribute, concatenated, NESTED, number8, number32, text } from "./attribute.ts";
import type { Request } from "./request.ts";

/** Requests about interfaces. Source: rtnetlink(7), linux/if_link.h. */

const NEW_LINK = 16;
const GET_LINK = 18;
const CREATE = 0x400;
const EXCLUSIVE = 0x200;

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_AF_SPEC = 26;
const IFLA_NET_NS_FD = 28;
const INFO_KIND = 1;
const INFO_DATA = 2;
const INFO_SLAVE_KIND = 4;
const INFO_SLAVE_DATA = 5;
const VETH_INFO_PEER = 1;
const INET6 = 10;
const INET6_ADDR_GEN_MODE = 8;
const ADDR_GEN_MODE_NONE = 1;
const BRIDGE_PORT_HAIRPIN = 4;
const UP = 1;

/** A pair of linked interfaces: one here, one in the namespace that is open as `namespace`. */
export function newVeth(link: {
  readonly name: string;
  readonly peer: { readonly name: string; readonly namespace: number };
}): Request {
  const { name, peer } = link;
  const peerData = attribute(
    VETH_INFO_PEER,
    header(),
    attribute(IFLA_IFNAME, text(peer.name)),
    attribute(IFLA_NET_NS_FD, number32(peer.namespace)),
  );
  return {
    what: `make ${name}`,
    type: NEW_LINK,
    flags: CREATE | EXCLUSIVE,
    body: concatenated([
      header(),
      attribute(IFLA_IFNAME, text(name)),
      attribute(IFLA_LINKINFO, attribute(INFO_KIND, text("veth").subarray(0, 4)), attribute(INFO_DATA, peerData)),
    ]),
  };
}

/** Gives an interface no IPv6 address of its own making: a bridge's port needs none. */
export function withoutOwnAddress(name: string): Request {
  const mode = attribute(INET6_ADDR_GEN_MODE, number8(ADDR_GEN_MODE_NONE));
  return setLink(`set up IPv6 of ${name}`, header(), name, [attribute(IFLA_AF_SPEC, attribute(INET6, mode))]);
}

/** Gives an interface a hardware address. */
export function withHardwareAddress(name: string, address: string): Request {
  const bytes = new Uint8Array(address.split(":").map((byte) => Number.parseInt(byte, 16)));
  return setLink(`give ${name} a hardware address`, header(), name, [attribute(IFLA_ADDRESS, bytes)]);
}

/** Makes an interface a port of a bridge, given by its index. */
export function intoBridge(name: string, bridge: number): Request {
  return setLink(`bridge ${name}`, header(), name, [attribute(IFLA_MASTER, number32(bridge))]);
}

/** Lets a bridge send back through a port what came by it. */
export function hairpin(name: string): Request {
  return setLink(`let ${name} send back`, header(), name, [
    attribute(
      IFLA_LINKINFO,
      attribute(INFO_SLAVE_KIND, text("bridge").subarray(0, 6)),
      attribute(INFO_SLAVE_DATA | NESTED, attribute(BRIDGE_PORT_HAIRPIN, number8(1))),
    ),
  ]);
}

/** Switches an interface on. */
export function linkUp(name: string): Request {
  return setLink(`switch ${name} on`, header({ flags: UP, change: UP }), name, []);
}

/** Asks for an interface; {@link linkIndex} reads the answer. */
export function getLink(name: string): Request {
  return {
    what: `find ${name}`,
    type: GET_LINK,
    flags: 0,
    body: concatenated([header(), attribute(IFLA_IFNAME, text(name))]),
  };
}

/** The index in an answer about an interface (struct ifinfomsg). */
export function linkIndex(body: Uint8Array): number {
  return new DataView(body.buffer, body.byteOffset).getInt32(4, true);
}

function setLink(what: string, head: Uint8Array, name: string, attributes: readonly Uint8Array[]): Request {
  return {
    what,
    type: NEW_LINK,
    flags: 0,
    body: concatenated([head, attribute(IFLA_IFNAME, text(name)), ...attributes]),
  };
}

/** struct ifinfomsg: family, padding, type, index, flags, and which of the flags are meant. */
function header({ flags = 0, change = 0 } = {}): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, flags, true);
  view.setUint32(12, change, true);
  return bytes;
}
