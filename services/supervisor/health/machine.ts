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
