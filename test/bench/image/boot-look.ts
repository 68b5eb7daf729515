import type { Machine } from "../../rig/machine.ts";
import { mustExec } from "../guest.ts";

/** What a booted device tells of its boot and of itself at rest. */
export interface BootLook {
  /** Seconds from the kernel's start to the start of init. */
  readonly kernel: number;
  /** Seconds from the kernel's start to the supervisor's readiness. */
  readonly supervisor: number;
  /** The units that took longest to start, in seconds. */
  readonly units: ReadonlyMap<string, number>;
  /** Memory that nobody could have, in MB. */
  readonly memory: number;
}

const SLOWEST = 10;

/** Looks at a device that has booted. Its manager's clock begins with the kernel's. Source: org.freedesktop.systemd1(5). */
export async function lookAtBoot(machine: Machine): Promise<BootLook> {
  const manager = await mustExec(machine, "systemctl show --property UserspaceTimestampMonotonic --value");
  const units = parseUnits(
    await mustExec(
      machine,
      "systemctl show '*.service' --property Id,InactiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic",
    ),
  );
  const meminfo = await mustExec(machine, "cat /proc/meminfo");
  const kilobytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, "m").exec(meminfo)?.[1]);
  return {
    kernel: Number(manager) / 1e6,
    supervisor: units.get("berth-supervisor.service")?.active ?? Number.NaN,
    units: new Map(
      [...units]
        .map(([id, { began, active }]): [string, number] => [id, active - began])
        .sort(([, a], [, b]) => b - a)
        .slice(0, SLOWEST),
    ),
    memory: ((kilobytes("MemTotal") - kilobytes("MemAvailable")) * 1024) / 1e6,
  };
}

/** When each unit began to start and was active, in seconds of the machine's clock; those that never started are left out. */
export function parseUnits(text: string): ReadonlyMap<string, { readonly began: number; readonly active: number }> {
  return new Map(
    text.split(/\n\n+/).flatMap((stanza) => {
      const field = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(stanza)?.[1] ?? "";
      const [began, active] = ["InactiveExit", "ActiveEnter"].map(
        (name) => Number(field(`${name}TimestampMonotonic`)) / 1e6,
      );
      return began && active ? [[field("Id"), { began, active }] as const] : [];
    }),
  );
}
