import type { Health } from "../model/state.ts";
import type { ObservedWorkload } from "./ports.ts";
import { type Outcome, referenceOf } from "./target.ts";

/** One thing to do about one workload. */
export type Step =
  | { readonly kind: "pull"; readonly reference: string }
  | { readonly kind: "wait" }
  | { readonly kind: "stop"; readonly why: "removed" | "stopped" | "changed" | "ended" }
  | { readonly kind: "start" }
  | { readonly kind: "await-ready" };

/** What is known of one workload now. */
export interface Observation {
  /** Its unit, if there is one. */
  readonly unit: ObservedWorkload | undefined;
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
  const { unit } = observation;
  if (target === undefined || target === "removed") return unit === undefined ? [] : [{ kind: "stop", why: "removed" }];
  if (target.run === "stopped") return unit === undefined ? [] : [{ kind: "stop", why: "stopped" }];

  const launch: Step[] = observation.run === undefined ? [] : [{ kind: "start" }, { kind: "await-ready" }];
  const first: Step[] = observation.waits && observation.run !== undefined ? [{ kind: "wait" }] : [];
  if (observation.fingerprint === undefined) {
    // Its image is looked after when it is to be started, or applied.
    if (observation.run === undefined && observation.asked === "nothing") return [];
    const stop: Step[] = unit === undefined ? [] : [{ kind: "stop", why: "changed" }];
    return [{ kind: "pull", reference: referenceOf(target) }, ...first, ...stop, ...launch];
  }
  if (unit === undefined) return [...first, ...launch];
  if (unit.fingerprint !== observation.fingerprint) return [...first, { kind: "stop", why: "changed" }, ...launch];
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
