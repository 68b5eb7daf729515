import { z } from "zod";
import { PortNumber } from "./port-number.ts";

const RANGE = /^([1-9][0-9]{0,4})-([1-9][0-9]{0,4})$/;
const rangeForm = "a port's number, or a range such as 8000-8010";

/** One port, or several in a row. */
const Ports = z
  .union(
    [
      PortNumber,
      z
        .string()
        .regex(RANGE, rangeForm)
        .refine((text) => isRange(text), rangeForm),
    ],
    { error: `${rangeForm}, from 1 to 65535` },
  )
  .describe("A port, or a range such as 8000-8010");
type Ports = z.infer<typeof Ports>;

/** Most ports of a range whose numbers differ on the two sides: each is an entry of its own in the firewall. */
const MOST_SHIFTED = 1024;

/** Ports of the device that lead to ports of the workload. */
export const PublishedPort = z
  .strictObject({
    host: Ports.describe("The device's port, or a range such as 8000-8010"),
    container: Ports.describe("The workload's port, or a range of as many"),
    protocol: z.enum(["tcp", "udp"]).default("tcp").describe("What travels over it"),
    address: z
      .union([z.ipv4(), z.ipv6()], { error: "an IPv4 or IPv6 address" })
      .optional()
      .describe("The one address of the device it is published at; 127.0.0.1 for the device itself alone"),
    interface: z
      .string()
      .regex(/^[A-Za-z0-9_.@-]{1,15}$/, "an interface's name, such as eth0")
      .optional()
      .describe("The one interface of the device it is published on"),
  })
  .superRefine((port, context) => {
    const problem = problemOf(port);
    if (problem !== undefined) context.addIssue({ code: "custom", path: [problem.field], message: problem.message });
  });
export type PublishedPort = z.infer<typeof PublishedPort>;

function problemOf(
  port: Pick<PublishedPort, "host" | "container" | "address" | "interface">,
): { readonly field: string; readonly message: string } | undefined {
  const [host, container] = [portRange(port.host), portRange(port.container)];
  if (sizeOf(host) !== sizeOf(container)) {
    return { field: "container", message: `as many ports as host has, which is ${sizeOf(host)}` };
  }
  if (host.first !== container.first && sizeOf(host) > MOST_SHIFTED) {
    return { field: "host", message: `at most ${MOST_SHIFTED} ports where the workload's have other numbers` };
  }
  if (port.address !== undefined && port.interface !== undefined) {
    return { field: "interface", message: "address or interface, not both" };
  }
  if (port.address !== undefined && /^(::1|::ffff:|fe[89ab]|ff)/i.test(port.address)) {
    return { field: "address", message: "an address the device has in a network, or 127.0.0.1" };
  }
  return undefined;
}

/** A row of ports, both ends in it. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The ports that a port's field names. */
export function portRange(ports: Ports): PortRange {
  if (typeof ports === "number") return { first: ports, last: ports };
  const [, first, last] = RANGE.exec(ports) ?? [];
  return { first: Number(first), last: Number(last) };
}

function sizeOf({ first, last }: PortRange): number {
  return last - first + 1;
}

function isRange(text: string): boolean {
  const { first, last } = portRange(text);
  return first < last && last <= 65535;
}
