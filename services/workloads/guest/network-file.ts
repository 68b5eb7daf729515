import type { LinkSettings } from "../../network/network.ts";

/** A guest's frames are as long as the bridge's. */
const MTU = 1500;

/** The text of a guest's file `network`: how it is called and, with a network, the addresses it gives itself. */
export function networkFile(hostname: string, link: LinkSettings | undefined): string {
  const settings =
    link === undefined
      ? []
      : [
          `mac ${link.hardwareAddress}`,
          `address4 ${link.address4}`,
          `gateway4 ${link.gateway4}`,
          `address6 ${link.address6}`,
          `gateway6 ${link.gateway6}`,
          `mtu ${MTU}`,
        ];
  return [`hostname ${hostname}`, ...settings].map((line) => `${line}\n`).join("");
}
