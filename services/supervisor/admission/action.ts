import { type Action, workloadOf } from "../../model/action.ts";
import type { Policy } from "../../model/policy.ts";
import type { Reason } from "../../model/reason.ts";
import { refusalOfDependencies } from "./dependencies.ts";
import { refusalOfHostPaths } from "./host-paths.ts";
import { refusalOfNetwork } from "./network.ts";
import { refusalOfPlaces } from "./places.ts";
import { refusalByPolicy } from "./policy.ts";
import { refusalOfPorts } from "./ports.ts";
import { type Capacity, type Held, refusalOfReservations } from "./reservations.ts";
import { refusalOfUpdate } from "./update.ts";

/** What an action is held against. */
export interface ActionContext extends Held {
  readonly policy: Policy;
  readonly capacity: Capacity;
}

/** Why an action cannot be; the first reason found, whatever else is wrong with it. */
export function refusalOfAction(action: Action, context: ActionContext): Reason | undefined {
  const { targets, policy, capacity } = context;
  if (action.kind === "apply") {
    const { manifest } = action;
    return (
      refusalByPolicy(manifest, policy) ??
      refusalOfNetwork(manifest, policy) ??
      refusalOfPorts(manifest, targets) ??
      refusalOfPlaces(manifest) ??
      refusalOfHostPaths(manifest, policy) ??
      refusalOfDependencies(manifest, targets) ??
      refusalOfReservations(manifest, context, capacity) ??
      refusalOfUpdate(manifest)
    );
  }
  const workload = workloadOf(action);
  if (workload === undefined || targets.has(workload)) return undefined;
  const names = [...targets.keys()].sort().join(", ");
  return {
    code: "workload-not-found",
    message: `there is no workload ${workload} on this device`,
    field: "workload",
    value: workload,
    allowed: names === "" ? "none yet: apply a manifest first" : names,
  };
}
