import type { WorkloadInput } from "../../../services/model/workload.ts";
import { REGISTRY_NAME } from "../../rig/appliance.ts";

/** A reference in the test's registry. */
export function imageOf(name: string): string {
  return `${REGISTRY_NAME}/${name}`;
}

/** A process that does nothing for a long time and ends at once when it shall. */
export function idler(name: string, more: Partial<WorkloadInput> = {}): WorkloadInput {
  return {
    name,
    image: imageOf("busybox:1"),
    args: ["sleep", "1000000"],
    // The first process of a pid namespace does not hear of a SIGTERM it has no handler for.
    stop: { signal: "SIGKILL" },
    ...more,
  };
}

/** A web server. */
export function server(name: string, more: Partial<WorkloadInput> = {}): WorkloadInput {
  return { name, image: imageOf("nginx:1"), tmpfs: [{ path: "/tmp", size: "16Mi" }], ...more };
}
