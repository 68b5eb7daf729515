import type { Health } from "../../model/state.ts";

/** What a health check knows of one run of a workload. */
export interface HealthState {
  readonly health: Health;
  /** Failures in a row that counted. */
  readonly failures: number;
}

/** How a workload begins its run. */
export const STARTING: HealthState = { health: "starting", failures: 0 };

/**
 * The state after one more probe. Within the start period failures do not count; one success ends it. `retries`
 * failures in a row make it unhealthy, one success healthy again.
 */
export function afterProbe(
  state: HealthState,
  probe: { readonly succeeded: boolean; readonly inStartPeriod: boolean },
  retries: number,
): HealthState {
  if (probe.succeeded) return { health: "healthy", failures: 0 };
  if (probe.inStartPeriod && state.health === "starting") return state;
  const failures = state.failures + 1;
  return { health: failures >= retries ? "unhealthy" : state.health, failures };
}

/**
 * How much of a start period is left, in milliseconds, to be measured from now by a clock that nobody sets: the device's own may be
 * wrong by years. Never more than the whole.
 */
export function startPeriodLeft(startedAt: Date, startPeriod: number, now: Date): number {
  return Math.min(startPeriod, Math.max(0, startedAt.getTime() + startPeriod - now.getTime()));
}
