import type { Workload } from "../model/workload.ts";
import type { Journal } from "./journal/journal.ts";
import type { Target } from "./target.ts";

/** What workloads shall be by the journal: by what was reached, and by the orders under way. */
type Book = Pick<Journal, "desired" | "unfinished">;

/** What each workload shall be once every accepted order has ended well. */
export function targetsOf(journal: Book, going?: "with those that go"): Map<string, Target> {
  const targets = new Map([...journal.desired()].map(([name, { target }]) => [name, target]));
  for (const { workload, outcome } of journal.unfinished()) {
    if (outcome === undefined) continue;
    if (outcome !== "removed") targets.set(workload, outcome);
    else if (going === undefined) targets.delete(workload);
  }
  return targets;
}

/** What each workload that is to run may run by now: what was reached, and what an order under way makes of it. */
export function standingOf(journal: Book): Map<string, Workload[]> {
  const standing = new Map<string, Workload[]>();
  const found = [
    ...[...journal.desired().values()].map(({ target }) => target),
    ...journal.unfinished().map(({ outcome }) => outcome),
  ];
  for (const target of found) {
    if (target === undefined || target === "removed" || target.run === "stopped") continue;
    const { manifest } = target;
    standing.set(manifest.name, [...(standing.get(manifest.name) ?? []), manifest]);
  }
  return standing;
}

/** Whether a workload is a job that was done: what is desired was reached. */
export function isDoneJob(journal: Book, name: string): boolean {
  const underWay = journal.unfinished().some(({ workload, outcome }) => workload === name && outcome !== undefined);
  return !underWay && journal.desired().get(name)?.target.manifest.job !== undefined;
}
