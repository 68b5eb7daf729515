import { formatBytes } from "../../model/format-bytes.ts";
import { parseImageReference } from "../../model/image-reference.ts";
import { bytesOf, cpusOf } from "../../model/quantity.ts";
import type { Reason } from "../../model/reason.ts";
import type { Workload } from "../../model/workload.ts";
import { runsAlike, type Target } from "../target.ts";

/** Processors, and bytes of memory. */
export interface Capacity {
  readonly cpus: number;
  readonly memory: number;
}

/** What the device keeps for its own services and its kernel; no workload can reserve it. */
export const OWN_SHARE: Capacity = { cpus: 0.1, memory: 256 * 2 ** 20 };

/** What a reservation is held against. */
export interface Held {
  /** What each workload shall be once every accepted order has ended well. */
  readonly targets: ReadonlyMap<string, Target>;
  /** What each workload that is to run may be found running as until then; without those it is not known of. */
  readonly standing: ReadonlyMap<string, readonly Workload[]>;
}

/**
 * Why a reservation cannot be: with what the other workloads reserve and the device keeps, it is more than the device
 * has. Stopped workloads keep theirs: an order to start them needs no look at the others. Where a new instance is started
 * first, the old one's reservation counts beside it.
 */
export function refusalOfReservations(
  manifest: Workload,
  { targets, standing }: Held,
  capacity: Capacity,
): Reason | undefined {
  const besides = (one: Workload, kind: keyof Capacity) =>
    Math.max(
      0,
      ...(standing.get(one.name) ?? []).filter((old) => runsBeside(one, old)).map((old) => reservedBy(old, kind)),
    );
  for (const kind of ["memory", "cpus"] as const) {
    const asked = reservedBy(manifest, kind);
    if (asked === 0) continue;
    const own = besides(manifest, kind);
    const others = [...targets.values()]
      .map((target) => target.manifest)
      .filter(({ name }) => name !== manifest.name)
      .map((other) => ({ name: other.name, amount: reservedBy(other, kind) + besides(other, kind) }))
      .filter(({ amount }) => amount > 0);
    const held = others.reduce((sum, { amount }) => sum + amount, 0);
    const left = capacity[kind] - OWN_SHARE[kind] - held;
    // A millionth: sums of tenths of processors are not exact.
    if (asked + own <= left + 1e-6) continue;
    const fitsAlone = asked <= left + 1e-6;
    const amount = (quantity: number) => (kind === "memory" ? formatBytes(quantity) : formatCpus(quantity));
    const holders = others.map((other) => `${other.name} ${amount(other.amount)}`).join(", ");
    const old = own === 0 ? "" : ` beside the ${amount(own)} of the instance that runs until it is replaced`;
    const most = left - own;
    const least = most > 0 ? `at most ${amount(most)}` : undefined;
    const alone = "update.strategy stop-first, which runs one after the other";
    return {
      code: "capacity-exceeded",
      message: `${manifest.name} would reserve ${amount(asked)} of ${kind === "memory" ? "memory" : "CPU time"}${old}; the device has ${amount(capacity[kind])}, keeps ${amount(OWN_SHARE[kind])} for itself, and other workloads reserve ${amount(held)}${holders === "" ? "" : ` (${holders})`}`,
      field: `manifest.reserve.${kind}`,
      value: manifest.reserve[kind],
      allowed: fitsAlone
        ? [least, alone].filter((way) => way !== undefined).join("; or ")
        : (least ?? "none: nothing is left to reserve"),
    };
  }
  return undefined;
}

/** Whether a workload that runs by `old` goes on running until one by `next` has taken its place. */
function runsBeside(next: Workload, old: Workload): boolean {
  if (next.update.strategy !== "start-first") return false;
  if (!runsAlike(next, old)) return true;
  // Of the same manifest a second instance is started only where another image is found behind its tag.
  const image = parseImageReference(next.image);
  return next.pull === "always" && !(image.ok && image.value.digest !== undefined);
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
