import type { Reason } from "../../model/reason.ts";
import { dependencyOf } from "../../model/workload/dependency.ts";
import type { Workload } from "../../model/workload.ts";
import type { Target } from "../target.ts";

/** Why a workload cannot come after those its manifest names: in the end it would wait for itself. */
export function refusalOfDependencies(manifest: Workload, targets: ReadonlyMap<string, Target>): Reason | undefined {
  const cycle = cycleThrough(manifest, targets);
  if (cycle === undefined) return undefined;
  const [, next = manifest.name] = cycle;
  const index = manifest.after.findIndex((dependency) => dependencyOf(dependency).workload === next);
  return {
    code: "dependency-cycle",
    message: `it would wait for itself: ${cycle.join(" after ")}`,
    field: `manifest.after[${index}]`,
    value: next,
    allowed: "a workload that does not come after this one",
  };
}

/** The shortest way from a workload along `after` back to itself. */
function cycleThrough(manifest: Workload, targets: ReadonlyMap<string, Target>): string[] | undefined {
  const { name } = manifest;
  const seen = new Set<string>();
  let ways = [[name]];
  while (ways.length > 0) {
    const longer: string[][] = [];
    for (const way of ways) {
      const last = way.at(-1) ?? name;
      const { after = [] } = last === name ? manifest : (targets.get(last)?.manifest ?? {});
      for (const { workload } of after.map(dependencyOf)) {
        if (workload === name) return [...way, name];
        if (seen.has(workload)) continue;
        seen.add(workload);
        longer.push([...way, workload]);
      }
    }
    ways = longer;
  }
  return undefined;
}
