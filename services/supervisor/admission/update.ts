import type { Reason } from "../../model/reason.ts";
import type { Workload } from "../../model/workload.ts";

/** Why a workload cannot be replaced the way its manifest says. */
export function refusalOfUpdate({ update, network, job, schedule }: Workload): Reason | undefined {
  if (update.strategy !== "start-first") return undefined;
  const refuse = (message: string, allowed: string) => ({
    code: "update-impossible",
    message,
    field: "manifest.update.strategy",
    value: update.strategy,
    allowed,
  });
  if (network.mode === "host") {
    const message = "on the device's own network two of a workload cannot run beside each other";
    return refuse(message, "stop-first; or network.mode bridge");
  }
  if (job === undefined && schedule === undefined) return undefined;
  return refuse("what runs to its end has nothing to be switched over", "stop-first");
}
