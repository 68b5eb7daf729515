import type { Reason } from "../model/reason.ts";
import type { Health } from "../model/state.ts";
import { type Dependency, dependencyOf } from "../model/workload/dependency.ts";
import type { Workload } from "../model/workload.ts";
import type { ObservedWorkload } from "./ports.ts";
import { reasonOfExit } from "./status.ts";
import type { Target } from "./target.ts";

/** What is known of a workload that another comes after. */
export interface DependencyState {
  /** What it shall be; undefined while there is no such workload. */
  readonly target: Target | undefined;
  /** Whether it is a job that was done, though nothing is left of its unit. */
  readonly done: boolean;
  readonly unit: ObservedWorkload | undefined;
  readonly health: { readonly health: Health; readonly message: string };
}

/** Why a workload cannot start yet: the first of those it comes after that is not as far as it must be. */
export function blockerOf(
  manifest: Pick<Workload, "after">,
  stateOf: (name: string) => DependencyState,
): Reason | undefined {
  for (const dependency of manifest.after) {
    const { workload, requires } = dependencyOf(dependency);
    const lack = lackOf(requires, stateOf(workload));
    if (lack === undefined) continue;
    return {
      code: "waiting-for-dependency",
      message: `it waits for ${workload} ${AIM[requires]}: ${lack}`,
      field: "after",
      value: workload,
    };
  }
  return undefined;
}

type Requirement = Exclude<Dependency, string>["requires"];

const AIM: Readonly<Record<Requirement, string>> = {
  started: "to run",
  healthy: "to be healthy",
  succeeded: "to end well",
};

/** What a workload lacks to be as far as is required; undefined when nothing. */
function lackOf(requires: Requirement, { target, done, unit, health }: DependencyState): string | undefined {
  if (target === undefined) return "there is no such workload";
  if (target.run === "stopped") return "it is stopped";
  const active = unit?.unit === "active";
  switch (requires) {
    case "started":
      return active || done ? undefined : notRunning(unit);
    case "healthy":
      if (!active) return notRunning(unit);
      if (unit.check === undefined) return "it has no health check";
      return health.health === "healthy" ? undefined : `it is ${health.health}, ${health.message}`;
    case "succeeded":
      if (active) return "it still runs";
      if (done) return undefined;
      return unit?.unit === "inactive" && unit.exit?.code === 0 ? undefined : notRunning(unit);
  }
}

function notRunning(unit: ObservedWorkload | undefined): string {
  switch (unit?.unit) {
    case undefined:
      return "it has not started";
    case "active":
      return "it runs";
    case "activating":
      return "it is starting";
    case "deactivating":
      return "it is stopping";
    case "restarting":
    case "inactive":
    case "failed":
      return reasonOfExit(unit).message;
  }
}
