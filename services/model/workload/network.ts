import { z } from "zod";
import { type PublishedPort, portRange } from "./port.ts";
import { type Privileges, usernsOf } from "./privileges.ts";

const Address = z.union([z.ipv4(), z.ipv6()], { error: "an IPv4 or IPv6 address" });

/** A name in the domain name system (RFC 1123 §2.1), such as example.org. */
const HostName = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)*$/, {
    error: "a host name, such as printer.example",
  });

/** How a workload is connected. */
export const NetworkSettings = z.strictObject({
  mode: z
    .enum(["bridge", "host", "none"])
    .default("bridge")
    .describe(
      "bridge: a network of its own on the device's bridge; host: the device's own network, where the device's policy allows it; none: none",
    ),
  dns: z
    .strictObject({
      servers: z.array(Address).max(3).default([]).describe("In place of the device's resolver"),
      search: z.array(HostName).max(6).default([]).describe("Domains that names without a dot are tried in"),
    })
    .prefault({})
    .describe("How names are looked up (resolv.conf(5))"),
  hosts: z
    .record(HostName, z.union([Address, z.literal("gateway")], { error: "an IPv4 or IPv6 address, or gateway" }))
    .default({})
    .describe("More names and their addresses; `gateway` is the device as the workload reaches it"),
});
export type NetworkSettings = z.infer<typeof NetworkSettings>;

/** What a workload's network does not go together with: the field and what would be allowed. */
export function networkProblem(
  workload: Privileges & {
    readonly network: NetworkSettings;
    readonly ports: readonly PublishedPort[];
    readonly sysctls: Readonly<Record<string, unknown>>;
    readonly health?: { readonly http?: unknown; readonly tcp?: unknown } | undefined;
  },
): { readonly path: readonly (string | number)[]; readonly message: string } | undefined {
  const { network, ports, health } = workload;
  switch (network.mode) {
    case "bridge":
      return undefined;
    case "none":
      if (health?.http !== undefined || health?.tcp !== undefined) {
        return { path: ["health"], message: "exec with network.mode none" };
      }
      return ports.length === 0 ? undefined : { path: ["ports"], message: "no ports with network.mode none" };
    case "host": {
      const setting = Object.keys(workload.sysctls).find((name) => name.startsWith("net."));
      if (setting !== undefined) return { path: ["sysctls", setting], message: "no net.* with network.mode host" };
      // Nothing leads anywhere: the workload itself listens on the device's port.
      const index = ports.findIndex(({ host, container }) => host !== container);
      if (index >= 0) {
        return {
          path: ["ports", index, "container"],
          message: `${ports[index]?.host}, as host, with network.mode host`,
        };
      }
      // There the device's root alone may listen on these (ip-sysctl.rst, ip_unprivileged_port_start).
      const low = usernsOf(workload) === "host" ? -1 : ports.findIndex(({ host }) => portRange(host).first < 1024);
      return low < 0
        ? undefined
        : { path: ["ports", low, "host"], message: "1024 or more with network.mode host, or userns: host" };
    }
  }
}
