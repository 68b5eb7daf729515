import type { WorkloadPaths } from "../instance/paths.ts";

/** Where QEMU sees the folder of the agent's socket, and its user namespace. */
const INSIDE = "/run/guest";

/** The places of a guest, beside those every workload has. */
export interface GuestPaths {
  /** What its bundle disk is made from, and the disk. */
  readonly content: string;
  readonly bundleDisk: string;
  readonly result: string;
  /** The pipe by which it is asked to stop. */
  readonly control: string;
  /** The folder QEMU makes the agent's socket in: its own, unlike all others. */
  readonly agentFolder: string;
  readonly agentFolderInside: string;
  /** Its user namespace, and where QEMU sees it. */
  readonly userNamespace: string;
  readonly userNamespaceInside: string;
  /** Where its volumes are mounted with its ids, numbered, and where QEMU sees them. */
  readonly volumes: string;
  readonly volumesInside: string;
  /** Where its scripts see the control groups, and nobody else. */
  readonly cgroups: string;
  readonly resetScript: string;
  readonly stopScript: string;
  readonly endScript: string;
  readonly exit: string;
}

export function guestPaths({ bundle, userNamespace, hostMounts, endScript, exit }: WorkloadPaths): GuestPaths {
  return {
    content: `${bundle}/content`,
    bundleDisk: `${bundle}/bundle.erofs`,
    result: `${bundle}/result`,
    control: `${bundle}/control`,
    agentFolder: `${bundle}/agent`,
    agentFolderInside: `${INSIDE}/agent`,
    userNamespace,
    userNamespaceInside: `${INSIDE}/user`,
    volumes: hostMounts,
    volumesInside: "/volumes",
    cgroups: `${bundle}/cgroup`,
    resetScript: `${bundle}/reset.sh`,
    stopScript: `${bundle}/stop.sh`,
    endScript,
    exit,
  };
}
