import { CAPABILITIES } from "../../model/workload/capability.ts";
import type { Workload } from "../../model/workload.ts";

/** What a workload has without asking: enough for a server that starts as root and becomes another user. */
const DEFAULT = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"] as const;

/**
 * The capabilities a workload gets, by name without CAP_, sorted: the default ones (every one, if it is privileged) less
 * `drop`, and `add`.
 */
export function capabilitiesOf({
  privileged,
  capabilities: { add, drop },
}: Pick<Workload, "privileged" | "capabilities">): string[] {
  const given = privileged ? CAPABILITIES : DEFAULT;
  const kept = drop.includes("ALL") ? [] : given.filter((name) => !drop.includes(name));
  return [...new Set<string>([...kept, ...(add.includes("ALL") ? CAPABILITIES : add)])].sort();
}
