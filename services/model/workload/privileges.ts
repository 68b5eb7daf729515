import type { Seccomp } from "./seccomp.ts";
import type { Userns } from "./userns.ts";

/** What `privileged` decides where the manifest does not. */
export interface Privileges {
  readonly privileged: boolean;
  readonly userns?: Userns | undefined;
  readonly seccomp?: Seccomp | undefined;
  readonly noNewPrivileges?: boolean | undefined;
}

/** Whose ids a workload has. */
export function usernsOf({ userns, privileged }: Privileges): Userns {
  return userns ?? (privileged ? "host" : "private");
}

/** Which system calls it may make. */
export function seccompOf({ seccomp, privileged }: Privileges): Seccomp {
  return seccomp ?? (privileged ? "unconfined" : "default");
}

/** Whether setuid programs and file capabilities count for nothing in it. */
export function noNewPrivilegesOf({ noNewPrivileges, privileged }: Privileges): boolean {
  return noNewPrivileges ?? !privileged;
}
