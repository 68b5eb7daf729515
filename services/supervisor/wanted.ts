import { isRunByRun } from "../model/workload/job.ts";
import type { Workload } from "../model/workload.ts";
import type { JournalledOrder } from "./journal/entries.ts";
import type { OrderProgress } from "./order-progress.ts";
import { hasEnded } from "./plan.ts";
import type { ObservedWorkload } from "./ports.ts";
import type { Outcome, Target } from "./target.ts";

/** What is wanted of one workload: what its order makes of it, or, without one or once that has failed, what is desired. */

export function wantedOutcome(
  desired: Target | undefined,
  order: JournalledOrder | undefined,
  progress: OrderProgress,
): Outcome | undefined {
  return order === undefined || progress.failure !== undefined ? desired : order.outcome;
}

/**
 * The run that is wanted; empty for what is no job, undefined where there is nothing to be started. A job is run by an order, and
 * one that is desired was done; a schedule says itself when, or an order to start does.
 *
 * @param due the run that its schedule wants now
 */
export function wantedRun(
  outcome: Outcome | undefined,
  order: JournalledOrder | undefined,
  progress: OrderProgress,
  { unit, due }: { readonly unit: ObservedWorkload | undefined; due(): string | undefined },
): string | undefined {
  const manifest = runByRun(outcome);
  if (manifest === undefined) return "";
  if (order === undefined) return manifest.schedule === undefined ? undefined : due();
  if (progress.failure !== undefined) return undefined;
  if (manifest.schedule !== undefined && order.action.kind !== "start") return undefined;
  // The run it was given once is the one it makes.
  if (progress.run !== undefined) return progress.run;
  // To start what runs already is to wait for its end.
  const running = order.action.kind === "start" && unit !== undefined && !hasEnded(unit) ? unit.run : "";
  return running === "" ? order.id : running;
}

/** The manifest of an outcome whose runs are made one by one; undefined of any other, and of what is not to run. */
export function runByRun(outcome: Outcome | undefined): Workload | undefined {
  if (outcome === undefined || outcome === "removed" || outcome.run === "stopped") return undefined;
  return isRunByRun(outcome.manifest) ? outcome.manifest : undefined;
}
