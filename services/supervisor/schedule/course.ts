import { hasEnded } from "../plan.ts";
import type { ObservedWorkload } from "../ports.ts";
import { exitCodeOf } from "../status.ts";
import type { ScheduleRecord } from "./record.ts";

/** What has become of a run since it was last looked at. */
export type Course =
  | { readonly kind: "unchanged" }
  | { readonly kind: "started" }
  | { readonly kind: "ended"; readonly last: NonNullable<ScheduleRecord["last"]> }
  /** It ran and is gone: the device went off, or an order changed the workload. */
  | { readonly kind: "gone" };

/** @param busy whether something is being done about the workload */
export function courseOf(
  run: NonNullable<ScheduleRecord["run"]>,
  unit: ObservedWorkload | undefined,
  busy: boolean,
): Course {
  if (unit?.run !== run.due) return { kind: run.started && !busy ? "gone" : "unchanged" };
  if (!hasEnded(unit)) return { kind: run.started ? "unchanged" : "started" };
  const exitCode = exitCodeOf(unit);
  const outcome = exitCode === 0 ? "completed" : "failed";
  return { kind: "ended", last: { due: run.due, outcome, ...(exitCode === undefined ? {} : { exitCode }) } };
}
