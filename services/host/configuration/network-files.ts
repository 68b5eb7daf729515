import type { InterfaceSettings } from "../../model/configuration.ts";

/** A file of systemd-networkd, by its name in /run/systemd/network. */
export interface NetworkFile {
  readonly name: string;
  readonly content: string;
}

/**
 * One systemd.network(5) file for each of the settings; the first that matches an interface holds. Interfaces that none
 * matches are left to the image, which asks DHCP on wired ones.
 */
export function networkFiles(settings: readonly InterfaceSettings[]): NetworkFile[] {
  const digits = String(settings.length - 1).length;
  return settings.map((one, index) => ({
    name: `10-berth-${String(index).padStart(digits, "0")}.network`,
    content: networkFile(one),
  }));
}

/** The device has a host name of its own; and its machine id may be new at each boot, which its address must not be. */
const DHCP = [
  "",
  "[DHCPv4]",
  "ClientIdentifier=mac",
  "UseHostname=no",
  "",
  "[DHCPv6]",
  "DUIDType=link-layer",
  "UseHostname=no",
];

function networkFile({ match, address, gateway, dns }: InterfaceSettings): string {
  const lines = [
    "[Match]",
    `Name=${match}`,
    "",
    "[Network]",
    address === undefined ? "DHCP=yes" : `Address=${address}`,
    ...(gateway === undefined ? [] : [`Gateway=${gateway}`]),
    ...dns.map((server) => `DNS=${server}`),
    ...(address === undefined ? DHCP : []),
  ];
  return `${lines.join("\n")}\n`;
}
