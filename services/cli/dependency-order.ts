import { dependencyOf } from "../model/workload/dependency.ts";
import type { Workload } from "../model/workload.ts";

/**
 * The manifests with those first that others come after, in their own order otherwise: each is followed to its end before the
 * next is given. What waits for itself stays where it is; the device refuses it.
 */
export function dependencyOrder(manifests: readonly Workload[]): Workload[] {
  const byName = new Map(manifests.map((manifest) => [manifest.name, manifest]));
  const ordered = new Set<Workload>();
  const visiting = new Set<Workload>();
  const visit = (manifest: Workload) => {
    if (visiting.has(manifest)) return;
    visiting.add(manifest);
    for (const dependency of manifest.after) {
      const before = byName.get(dependencyOf(dependency).workload);
      if (before !== undefined) visit(before);
    }
    ordered.add(manifest);
  };
  for (const manifest of manifests) visit(manifest);
  return [...ordered];
}
