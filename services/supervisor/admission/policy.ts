import type { Policy } from "../../model/policy.ts";
import type { Reason } from "../../model/reason.ts";
import { seccompOf, usernsOf } from "../../model/workload/privileges.ts";
import type { Workload } from "../../model/workload.ts";

/** Capabilities that open so much of the kernel that a user namespace alone is a thin wall around them. */
const FAR_REACHING = ["ALL", "BPF", "PERFMON", "SYS_ADMIN"];

/** Why the device's owner does not let a manifest have what it asks for, whoever signed it. */
export function refusalByPolicy(manifest: Workload, policy: Policy): Reason | undefined {
  if (policy.privileged) return undefined;
  if (manifest.privileged) return forbidden("privileged", true, "false", "privileged");
  if (usernsOf(manifest) === "host") return forbidden("userns", "host", "private", "privileged");
  if (policy.unconfined) return undefined;
  const seccomp = seccompOf(manifest);
  if (seccomp !== "default") {
    return typeof seccomp === "string"
      ? forbidden("seccomp", seccomp, "default", "unconfined")
      : forbidden("seccomp.profile", undefined, "seccomp: default", "unconfined");
  }
  const index = manifest.capabilities.add.findIndex((name) => FAR_REACHING.includes(name));
  const capability = manifest.capabilities.add[index];
  if (capability === undefined) return undefined;
  return forbidden(`capabilities.add[${index}]`, capability, "other capabilities", "unconfined");
}

function forbidden(field: string, value: unknown, allowed: string, permit: "privileged" | "unconfined"): Reason {
  return {
    code: "policy-forbids",
    message: `the device's policy does not allow ${field}${value === undefined ? "" : `: ${String(value)}`}`,
    field: `manifest.${field}`,
    ...(value === undefined ? {} : { value }),
    allowed: `${allowed}; more where the device's configuration says policy.${permit}: true`,
  };
}
