import { formatBytes } from "../../model/format-bytes.ts";
import { bytesOf, cpusOf } from "../../model/quantity.ts";
import type { Reason } from "../../model/reason.ts";
import type { Workload } from "../../model/workload.ts";
import type { Target } from "../target.ts";

/** Processors, and bytes of memory. */
export interface Capacity {
  readonly cpus: number;
  readonly memory: number;
}

/** What the device keeps for its own services and its kernel; no workload can reserve it. */
export const OWN_SHARE: Capacity = { cpus: 0.1, memory: 256 * 2 ** 20 };

/**
 * Why a reservation cannot be: with what the other workloads reserve and the device keeps, it is more than the device
 * has. Stopped workloads keep theirs: an order to start them needs no look at the others.
 */
export function refusalOfReservations(
  manifest: Workload,
  targets: ReadonlyMap<string, Target>,
  capacity: Capacity,
): Reason | undefined {
  for (const kind of ["memory", "cpus"] as const) {
    const asked = reservedBy(manifest, kind);
    if (asked === 0) continue;
    const others = [...targets.values()]
      .map((target) => target.manifest)
      .filter(({ name }) => name !== manifest.name)
      .map((other) => ({ name: other.name, amount: reservedBy(other, kind) }))
      .filter(({ amount }) => amount > 0);
    const held = others.reduce((sum, { amount }) => sum + amount, 0);
    const left = capacity[kind] - OWN_SHARE[kind] - held;
    // A millionth: sums of tenths of processors are not exact.
    if (asked <= left + 1e-6) continue;
    const amount = (quantity: number) => (kind === "memory" ? formatBytes(quantity) : formatCpus(quantity));
    const holders = others.map((other) => `${other.name} ${amount(other.amount)}`).join(", ");
    return {
      code: "capacity-exceeded",
      message: `${manifest.name} would reserve ${amount(asked)} of ${kind === "memory" ? "memory" : "CPU time"}; the device has ${amount(capacity[kind])}, keeps ${amount(OWN_SHARE[kind])} for itself, and other workloads reserve ${amount(held)}${holders === "" ? "" : ` (${holders})`}`,
      field: `manifest.reserve.${kind}`,
      value: manifest.reserve[kind],
      allowed: left > 0 ? `at most ${amount(left)}` : "none: nothing is left to reserve",
    };
  }
  return undefined;
}

function reservedBy({ reserve }: Workload, kind: keyof Capacity): number {
  switch (kind) {
    case "cpus":
      return reserve.cpus === undefined ? 0 : cpusOf(reserve.cpus);
    case "memory":
      return reserve.memory === undefined ? 0 : bytesOf(reserve.memory);
  }
}

function formatCpus(cpus: number): string {
  const rounded = Math.round(cpus * 1000) / 1000;
  return `${rounded} ${rounded === 1 ? "CPU" : "CPUs"}`;
}
