import type { Device } from "../e2e/support/device.ts";

/**
 * Everything a start may leave on a device, by kind: each a shell command that prints one thing a line. Logs of workloads that
 * were removed are kept for a while, in a folder of their own.
 */
const KINDS = {
  units: "systemctl list-units --all --plain --no-legend 'berth-workload-*' | cut -d' ' -f1",
  containers: "crun --root /run/berth/crun list -q",
  mounts: "cut -d' ' -f2 /proc/mounts | grep '^/run/berth/'",
  "network namespaces": "ls /run/netns",
  // Not the one that is there ahead of the next workload, which nobody has switched on at its other end.
  links:
    "for link in /sys/class/net/*; do case $link in */bw-*) grep -q 0 $link/carrier && continue ;; esac; basename $link; done",
  rules: "nft list table inet berth; nft list table bridge berth",
  "control groups": "find /sys/fs/cgroup/berth.slice -mindepth 1 -type d",
  files:
    "find /run/berth/workloads /run/berth/roots /run/berth/mounts /run/berth/i /data/berth/workloads /data/berth/images/temporary /data/berth/images/pulls /data/berth/images/partial -mindepth 1; find /run/berth/logs /run/berth/logs/open /data/berth-logs -mindepth 1 -maxdepth 1 ! -name .removed",
} as const;

export type Leftovers = Readonly<Record<keyof typeof KINDS, readonly string[]>>;

/** Lists what workloads have on a device now: units, containers, mounts, namespaces, links, rules, groups, files. */
export async function leftoversOf(device: Device): Promise<Leftovers> {
  const list = async (command: string) =>
    (await device.shell(`{ ${command}; } 2>/dev/null | sort; true`)).split("\n").filter((line) => line !== "");
  return {
    units: await list(KINDS.units),
    containers: await list(KINDS.containers),
    mounts: await list(KINDS.mounts),
    "network namespaces": await list(KINDS["network namespaces"]),
    links: await list(KINDS.links),
    rules: await list(KINDS.rules),
    "control groups": await list(KINDS["control groups"]),
    files: await list(KINDS.files),
  };
}
