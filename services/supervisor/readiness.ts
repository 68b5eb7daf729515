import { millisecondsOf } from "../model/quantity.ts";
import type { Reason } from "../model/reason.ts";
import type { Health } from "../model/state.ts";
import type { HealthCheck } from "../model/workload/health.ts";
import { isRunByRun } from "../model/workload/job.ts";
import { restartPolicyOf } from "../model/workload/restart.ts";
import type { Workload } from "../model/workload.ts";
import { hasEnded } from "./plan.ts";
import type { ObservedWorkload } from "./ports.ts";
import { reasonOfExit } from "./status.ts";

const LEAST_PATIENCE_MILLISECONDS = 60_000;
const MOST_RESTARTS = 3;
const JOB_WAIT = 3_600_000;

/** Whether a start has come off: `wait` with how long until the answer may change by time alone. */
export type Readiness =
  | { readonly kind: "ready" }
  | { readonly kind: "wait"; readonly milliseconds: number }
  | { readonly kind: "failed"; readonly reason: Reason };

/**
 * Judges a start that an order asked for, `elapsed` milliseconds after the wait for it began. Without a health check, a
 * process that still runs after `settle` milliseconds counts as started well. A job is ready once it has ended with 0.
 */
export function readinessOf(
  manifest: Workload,
  unit: ObservedWorkload | undefined,
  health: { readonly health: Health; readonly message: string },
  elapsed: number,
  settle: number,
): Readiness {
  if (unit === undefined) return { kind: "failed", reason: { code: "start-failed", message: "it is gone" } };
  if (hasEnded(unit)) {
    const endedWell = restartPolicyOf(manifest) !== "always" && unit.exit?.result === "success" && unit.exit.code === 0;
    return endedWell ? { kind: "ready" } : { kind: "failed", reason: reasonOfExit(unit) };
  }
  if (manifest.restart.limit === undefined && unit.restarts >= MOST_RESTARTS) {
    const { message } = reasonOfExit(unit);
    return {
      kind: "failed",
      reason: { code: "keeps-exiting", message: `it was started ${unit.restarts + 1} times: ${message}` },
    };
  }
  // A run is ready when it is done, however long that takes: its unit tells.
  if (isRunByRun(manifest)) return { kind: "wait", milliseconds: JOB_WAIT };
  const { check } = unit;
  const patience = patienceOf(check);
  if (health.health === "unhealthy" || elapsed >= patience) {
    const why = check === undefined ? `it is ${unit.unit}` : health.message;
    return {
      kind: "failed",
      reason: {
        code: "not-healthy",
        message: `it did not become ready within ${Math.round(patience / 1000)} s: ${why}`,
      },
    };
  }
  if (unit.unit !== "active") return { kind: "wait", milliseconds: patience - elapsed };
  if (check !== undefined) {
    return health.health === "healthy" ? { kind: "ready" } : { kind: "wait", milliseconds: patience - elapsed };
  }
  return elapsed >= settle ? { kind: "ready" } : { kind: "wait", milliseconds: settle - elapsed };
}

function patienceOf(check: HealthCheck | undefined): number {
  if (check === undefined) return LEAST_PATIENCE_MILLISECONDS;
  const probes = check.retries * (millisecondsOf(check.interval) + millisecondsOf(check.timeout));
  return Math.max(LEAST_PATIENCE_MILLISECONDS, millisecondsOf(check.startPeriod) + probes);
}
