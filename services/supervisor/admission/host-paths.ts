import { isWithin } from "../../model/paths.ts";
import type { Policy } from "../../model/policy.ts";
import type { Reason } from "../../model/reason.ts";
import type { Workload } from "../../model/workload.ts";

/** Why a manifest may not mount a path of the device: it lies below no folder that the policy names. */
export function refusalOfHostPaths({ mounts }: Workload, { hostPaths }: Policy): Reason | undefined {
  const index = mounts.findIndex(({ source }) => !hostPaths.some((folder) => isWithin(source, folder)));
  const mount = mounts[index];
  if (mount === undefined) return undefined;
  return {
    code: "host-path-refused",
    message: `the device's policy lets no workload mount ${mount.source}`,
    field: `manifest.mounts[${index}].source`,
    value: mount.source,
    allowed:
      hostPaths.length === 0
        ? "none: policy.hostPaths of the device's configuration names no folder"
        : `a path in ${hostPaths.join(", ")} (policy.hostPaths of the device's configuration)`,
  };
}
