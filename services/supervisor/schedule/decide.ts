import { nextAfter } from "../../model/cron.ts";
import type { Schedule } from "../../model/workload/schedule.ts";

/** How late a run still counts as made in time, in milliseconds: a supervisor that was restarted, a busy moment. */
const PUNCTUAL = 60_000;

/**
 * A clock that goes back by no more than this was corrected: the times it shows once more were seen to already. Vixie cron has the
 * same three hours (cron(8)).
 */
const CORRECTION = 3 * 3_600_000;

/** What is to be done about a schedule. `decided` is up to when everything has then been decided. */
export type Decision =
  | { readonly kind: "wait"; readonly until: number | undefined }
  | { readonly kind: "run"; readonly due: number; readonly late: boolean; readonly decided: number }
  | { readonly kind: "skip"; readonly due: number; readonly decided: number };

/**
 * Decides on the times of a schedule after `decided` and up to `now`. However many there were, at most one run comes of them, and
 * none of those that could not be made in time unless the schedule says so.
 */
export function decide(schedule: Schedule, decided: number, now: number): Decision {
  const next = nextAfter(schedule, decided);
  if (next === undefined || next > now) return { kind: "wait", until: next };
  const punctual = nextAfter(schedule, Math.max(decided, now - PUNCTUAL));
  if (punctual !== undefined && punctual <= now) return { kind: "run", due: punctual, late: false, decided: punctual };
  return schedule.missed === "run"
    ? { kind: "run", due: next, late: true, decided: now }
    : { kind: "skip", due: next, decided: now };
}

/** Whether the clock shows a time so long before what was decided that one of the two must have been wrong. */
export function isAstray(decided: number, now: number): boolean {
  return decided - now > CORRECTION;
}
