import { isWithin, namesOf } from "../../model/paths.ts";
import type { Reason } from "../../model/reason.ts";
import type { Workload } from "../../model/workload.ts";

/** What the kernel shows of itself: nothing else is mounted there or below. */
const KERNEL = ["/proc", "/sys"];
/** What a container has there of its own. A larger /dev/shm is a tmpfs like any other. */
const OWN = ["/", "/dev", "/dev/pts", "/dev/mqueue"];

/** Why what a manifest mounts cannot all be seen: two things at one place, or one over what a container needs itself. */
export function refusalOfPlaces(manifest: Workload): Reason | undefined {
  const taken = new Map<string, string>();
  for (const { field, path } of placesIn(manifest)) {
    const place = `/${namesOf(path).join("/")}`;
    if (OWN.includes(place) || KERNEL.some((folder) => isWithin(place, folder))) {
      return {
        code: "mount-conflict",
        message: `${place} in a workload is the system's`,
        field,
        value: path,
        allowed: `a place that is none of ${OWN.join(", ")} and not below ${KERNEL.join(" or ")}`,
      };
    }
    const other = taken.get(place);
    if (other !== undefined) {
      return {
        code: "mount-conflict",
        message: `${place} has two things mounted on it: ${other} and ${field}`,
        field,
        value: path,
        allowed: "each place once in tmpfs, volumes, mounts and files",
      };
    }
    taken.set(place, field);
  }
  return undefined;
}

function placesIn(manifest: Workload): { readonly field: string; readonly path: string }[] {
  const groups = (["tmpfs", "volumes", "mounts", "files"] as const).map((group) =>
    manifest[group].map(({ path }, index) => ({ field: `manifest.${group}[${index}].path`, path })),
  );
  return groups.flat();
}
