import { ip6Groups } from "../../model/ip6-groups.ts";
import { attribute, concatenated, number32 } from "./attribute.ts";
import type { Request } from "./request.ts";

/** Requests about addresses and routes. Source: rtnetlink(7), linux/if_addr.h. */

const NEW_ADDRESS = 20;
const NEW_ROUTE = 24;
const CREATE = 0x400;
const EXCLUSIVE = 0x200;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
/** An IPv6 address nobody else has, so that it need not be looked for (RFC 4862 §5.4). */
const IFA_F_NODAD = 2;
const TABLE_MAIN = 254;
const PROTOCOL_BOOT = 3;
const SCOPE_UNIVERSE = 0;
const TYPE_UNICAST = 1;

/** Gives an interface an address of its own. */
export function newAddress(index: number, address: string, prefix: number): Request {
  const { family, bytes } = addressBytes(address);
  const head = new Uint8Array(4);
  head.set([family, prefix, family === FAMILY.v6 ? IFA_F_NODAD : 0, SCOPE_UNIVERSE]);
  return {
    what: `give it ${address}`,
    type: NEW_ADDRESS,
    flags: CREATE | EXCLUSIVE,
    // struct ifaddrmsg
    body: concatenated([head, number32(index), attribute(IFA_LOCAL, bytes), attribute(IFA_ADDRESS, bytes)]),
  };
}

/** Sends what leads nowhere else to a gateway. */
export function defaultRoute(index: number, gateway: string): Request {
  const { family, bytes } = addressBytes(gateway);
  const head = new Uint8Array([family, 0, 0, 0, TABLE_MAIN, PROTOCOL_BOOT, SCOPE_UNIVERSE, TYPE_UNICAST]);
  return {
    what: `lead it to ${gateway}`,
    type: NEW_ROUTE,
    flags: CREATE | EXCLUSIVE,
    // struct rtmsg
    body: concatenated([head, number32(0), attribute(RTA_GATEWAY, bytes), attribute(RTA_OIF, number32(index))]),
  };
}

const FAMILY = { v4: 2, v6: 10 } as const;

function addressBytes(address: string): { readonly family: number; readonly bytes: Uint8Array } {
  if (!address.includes(":")) {
    return { family: FAMILY.v4, bytes: new Uint8Array(address.split(".").map(Number)) };
  }
  const groups = ip6Groups(new URL(`http://[${address}]`).hostname.slice(1, -1));
  return {
    family: FAMILY.v6,
    bytes: new Uint8Array(
      groups.flatMap((group) => {
        const value = Number.parseInt(group, 16);
        return [value >> 8, value & 0xff];
      }),
    ),
  };
}
