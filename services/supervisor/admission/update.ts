import type { Reason } from "../../model/reason.ts";
import type { Workload } from "../../model/workload.ts";

/** Why a workload cannot be replaced the way its manifest says. */
export function refusalOfUpdate({ update, network, job, schedule }: Workload): Reason | undefined {
  if (update.strategy !== "start-first") return undefined;
  const refusal = { code: "update-impossible", field: "manifest.update.strategy", value: update.strategy };
  if (network.mode === "host") {
    const message = "on the device's own network two of a workload cannot run beside each other";
    return { ...refusal, message, allowed: "stop-first; or network.mode bridge" };
  }
  if (job === undefined && schedule === undefined) return undefined;
  return { ...refusal, message: "what runs to its end has nothing to be switched over", allowed: "stop-first" };
}
