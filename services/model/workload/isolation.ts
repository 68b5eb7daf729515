import { z } from "zod";
import { bytesOf } from "../quantity.ts";
import type { Limits } from "./limits.ts";
import type { NetworkSettings } from "./network.ts";
import { type Privileges, usernsOf } from "./privileges.ts";

/** How a workload is kept apart from the device and from others. */
export const Isolation = z.enum(["container", "microvm"]);
export type Isolation = z.infer<typeof Isolation>;

/** Whether a micro-VM may run where the processor's virtualization does not work. */
export const Emulation = z.enum(["refused", "allowed"]);

/** A distribution's kernel, its init and the workload's root in memory need so much: with 64 MiB Debian's does not unpack. */
const LEAST_MEMORY = 96 * 1024 * 1024;
const MOST_VOLUMES = 8;

/** What a manifest's isolation does not go together with: the field and what would be allowed. */
export function isolationProblem(
  workload: Privileges & {
    readonly isolation: Isolation;
    readonly emulation?: z.infer<typeof Emulation>;
    readonly network: NetworkSettings;
    readonly mounts: readonly unknown[];
    readonly volumes: readonly unknown[];
    readonly limits: Limits;
  },
): { readonly path: readonly (string | number)[]; readonly message: string } | undefined {
  if (workload.isolation === "container") {
    return workload.emulation === "allowed"
      ? { path: ["emulation"], message: "refused with isolation container, which needs none" }
      : undefined;
  }
  const { memory } = workload.limits;
  const problems: readonly (readonly [boolean, readonly (string | number)[], string])[] = [
    [workload.privileged, ["privileged"], "false with isolation microvm: nothing of the device is in a guest"],
    [usernsOf(workload) === "host", ["userns"], "private with isolation microvm: a guest's ids are its own"],
    [
      workload.network.mode === "host",
      ["network", "mode"],
      "bridge or none with isolation microvm: a guest has a network card of its own",
    ],
    [workload.mounts.length > 0, ["mounts"], "none with isolation microvm: a guest has volumes and files"],
    [
      workload.volumes.length > MOST_VOLUMES,
      ["volumes"],
      `at most ${MOST_VOLUMES} with isolation microvm: each takes a device of the guest`,
    ],
    [
      memory !== undefined && bytesOf(memory) < LEAST_MEMORY,
      ["limits", "memory"],
      "96Mi or more with isolation microvm: it is the guest's memory, its kernel's with it",
    ],
    [
      workload.limits.memoryHigh !== undefined,
      ["limits", "memoryHigh"],
      "none with isolation microvm: a guest's memory cannot be taken back while it runs",
    ],
  ];
  const [, path, message] = problems.find(([wrong]) => wrong) ?? [];
  return path === undefined || message === undefined ? undefined : { path, message };
}
