import type { Health } from "../model/state.ts";
import type { ObservedWorkload } from "./ports.ts";
import { type Outcome, referenceOf } from "./target.ts";

/** One thing to do about one workload. */
export type Step =
  | { readonly kind: "pull"; readonly reference: string }
  | { readonly kind: "wait" }
  | { readonly kind: "stop"; readonly why: "removed" | "stopped" | "changed" | "ended" }
  | { readonly kind: "start" }
  | { readonly kind: "start-beside" }
  | { readonly kind: "await-beside" }
  | { readonly kind: "switch-over" }
  | { readonly kind: "dismiss"; readonly which: "successor" | "retired" }
  | { readonly kind: "await-ready" };

/** What is known of one workload now. */
export interface Observation {
  /** The unit that serves, if there is one. */
  readonly unit: ObservedWorkload | undefined;
  /** The unit that was started beside it to take its place. */
  readonly successor: ObservedWorkload | undefined;
  /** Whether something is left of what it was switched from. */
  readonly retired: boolean;
  /** The fingerprint it should run with; undefined while its image is not here, or must be looked up anew. */
  readonly fingerprint: string | undefined;
  readonly health: Health;
  /** Whether a workload it starts after is not as far as it must be. */
  readonly waits: boolean;
  /** The run of a job that is wanted; empty for what is no job, undefined where there is nothing to be started. */
  readonly run: string | undefined;
  /**
   * What an order still asks for: that it be started (an ended process is then started anew whatever its restart
   * policy), that the start it made be judged, or nothing, as when there is no order.
   */
  readonly asked: "start" | "judgement" | "nothing";
}

/**
 * The steps from what is to what shall be; empty when nothing is left to do. Only the first is carried out before
 * the world is looked at again. An image is always brought here, and what it comes after waited for, before what runs is
 * stopped for it.
 */
export function plan(target: Outcome | undefined, observation: Observation): readonly Step[] {
  const { unit, successor, retired } = observation;
  const nothing = unit === undefined && successor === undefined && !retired;
  if (target === undefined || target === "removed") return nothing ? [] : [{ kind: "stop", why: "removed" }];
  if (target.run === "stopped") return nothing ? [] : [{ kind: "stop", why: "stopped" }];
  if (retired) return [{ kind: "dismiss", which: "retired" }];

  const launch: Step[] = observation.run === undefined ? [] : [{ kind: "start" }, { kind: "await-ready" }];
  const first: Step[] = observation.waits && observation.run !== undefined ? [{ kind: "wait" }] : [];
  if (observation.fingerprint === undefined) {
    // Its image is looked after when it is to be started, or applied.
    if (observation.run === undefined && observation.asked === "nothing") return [];
    const stop: Step[] = unit === undefined ? [] : [{ kind: "stop", why: "changed" }];
    return [{ kind: "pull", reference: referenceOf(target) }, ...first, ...stop, ...launch];
  }
  if (successor !== undefined) return planSuccession(successor, observation);
  if (unit === undefined) return [...first, ...launch];
  if (unit.fingerprint !== observation.fingerprint) {
    // Only an order can judge what is started beside; the device restores by itself the short way.
    const beside = target.manifest.update.strategy === "start-first" && unit.unit === "active";
    if (beside && observation.asked !== "nothing") return [...first, { kind: "start-beside" }, ...SUCCESSION];
    return [...first, { kind: "stop", why: "changed" }, ...launch];
  }
  if (observation.run === undefined) return [];
  if (unit.run !== observation.run) {
    return hasEnded(unit) ? [...first, ...launch] : [...first, { kind: "stop", why: "changed" }, ...launch];
  }
  if (observation.asked === "nothing") return [];
  // A run of a job is made once: it is judged by how it ends.
  if (observation.asked === "judgement" || observation.run !== "") return [{ kind: "await-ready" }];
  switch (unit.unit) {
    case "active":
      return observation.health === "starting" || observation.health === "unhealthy" ? [{ kind: "await-ready" }] : [];
    case "activating":
    case "deactivating":
    case "restarting":
      return [{ kind: "await-ready" }];
    case "inactive":
    case "failed":
      // systemd has already decided by the restart policy; only an order overrules it.
      return [...first, { kind: "stop", why: "ended" }, ...launch];
  }
}

/** Whether a workload's process has ended and systemd leaves it at that. */
export function hasEnded({ unit }: ObservedWorkload): boolean {
  return unit === "inactive" || unit === "failed";
}

const SUCCESSION: readonly Step[] = [
  { kind: "await-beside" },
  { kind: "switch-over" },
  { kind: "dismiss", which: "retired" },
];

/** What becomes of a successor: it is judged and switched to, if it is what shall be and what serves is not; else it goes. */
function planSuccession(successor: ObservedWorkload, { unit, fingerprint, asked }: Observation): readonly Step[] {
  const shallBe = successor.fingerprint === fingerprint && unit !== undefined && unit.fingerprint !== fingerprint;
  if (!shallBe) return [{ kind: "dismiss", which: "successor" }];
  return asked === "nothing" ? SUCCESSION.slice(1) : SUCCESSION;
}
