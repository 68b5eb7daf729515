import type { Policy } from "../../model/policy.ts";
import type { Reason } from "../../model/reason.ts";
import type { Workload } from "../../model/workload.ts";

/** Why a workload cannot be connected as its manifest says: the device's owner does not let it. */
export function refusalOfNetwork({ network }: Workload, policy: Policy): Reason | undefined {
  if (network.mode !== "host" || policy.hostNetwork) return undefined;
  return {
    code: "policy-forbids",
    message: "this device's policy lets no workload onto the device's own network (policy.hostNetwork)",
    field: "manifest.network.mode",
    value: network.mode,
    allowed: "bridge, none",
  };
}
