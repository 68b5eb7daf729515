/** Where a guest has what it was given: its init mounts it there. */
export const INSIDE = {
  root: "/run/root",
  /** A network namespace of its own is the guest's: the one its init is in. */
  networkNamespace: "/proc/1/ns/net",
  hosts: "/run/hosts",
  resolvConf: "/run/bundle/resolv.conf",
  hostname: "/run/bundle/hostname",
  file: (index: number) => `/run/bundle/files/${index}`,
  volume: (tag: string) => `/run/volumes/${tag}`,
  /** Init for workloads that ask for one. */
  init: "/usr/bin/tini",
} as const;
