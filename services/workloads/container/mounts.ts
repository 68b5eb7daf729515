import { bytesOf } from "../../model/quantity.ts";
import type { Workload } from "../../model/workload.ts";
import { initMount } from "./init.ts";
import type { RuntimeMount } from "./runtime-spec.ts";

/** Files Berth makes for a workload, by the path they have in it. */
export interface GeneratedFiles {
  readonly hosts: string;
  readonly resolvConf: string;
  readonly hostname: string;
}

/** The kernel's file systems every container has. Source: runtime-spec config-linux.md, default filesystems; the
 * options are Docker's. The cgroup mount shows the workload's own cgroup, read-only. */
const SYSTEM: readonly RuntimeMount[] = [
  { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
  {
    destination: "/dev",
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "noexec", "strictatime", "mode=755", "size=65536k"],
  },
  {
    destination: "/dev/pts",
    type: "devpts",
    source: "devpts",
    options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
  },
  { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
  { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
  {
    destination: "/sys/fs/cgroup",
    type: "cgroup",
    source: "cgroup",
    options: ["nosuid", "noexec", "nodev", "relatime", "ro"],
  },
];

/** POSIX shared memory (shm_overview(7)), with Docker's size. */
const SHM = "/dev/shm";
const SHM_SIZE = "64Mi";

/**
 * Everything mounted into a workload, parents before children: the kernel's file systems, places in memory, volumes
 * (`nosuid,nodev`), and the generated files (read-only).
 *
 * @param options.volumePath directory on the device of each named volume
 * @param options.initProgram the device's init for workloads, where the workload has one
 */
export function mountsOf(
  manifest: Pick<Workload, "tmpfs" | "volumes" | "limits">,
  options: {
    readonly files: GeneratedFiles;
    readonly volumePath: (name: string) => string;
    readonly initProgram?: string | undefined;
  },
): RuntimeMount[] {
  const shm: RuntimeMount = {
    destination: SHM,
    type: "tmpfs",
    source: "shm",
    options: ["nosuid", "noexec", "nodev", "mode=1777", `size=${bytesOf(manifest.limits.shm ?? SHM_SIZE)}`],
  };
  const memory = manifest.tmpfs.map(
    ({ path, size, mode }): RuntimeMount => ({
      destination: path,
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "nodev", "noexec", `mode=${mode}`, `size=${bytesOf(size)}`],
    }),
  );
  const volumes = manifest.volumes.map(
    ({ name, path, readOnly }): RuntimeMount => ({
      destination: path,
      type: "bind",
      source: options.volumePath(name),
      options: ["bind", "nosuid", "nodev", readOnly ? "ro" : "rw"],
    }),
  );
  const { hosts, resolvConf, hostname } = options.files;
  const files = [
    { destination: "/etc/hosts", source: hosts },
    { destination: "/etc/resolv.conf", source: resolvConf },
    { destination: "/etc/hostname", source: hostname },
  ]
    // A volume over one of them is what its owner wants there.
    .filter(({ destination }) => !volumes.some((volume) => volume.destination === destination))
    .map((file): RuntimeMount => ({ ...file, type: "bind", options: ["bind", "ro", "nosuid", "nodev", "noexec"] }));
  const init = options.initProgram === undefined ? [] : [initMount(options.initProgram)];
  const places = [...memory, ...volumes].sort((a, b) => depth(a.destination) - depth(b.destination));
  return [
    ...[...SYSTEM, shm].filter(({ destination }) => !places.some((place) => place.destination === destination)),
    ...places,
    ...files,
    ...init,
  ];
}

function depth(path: string): number {
  return path.split("/").filter((part) => part !== "").length;
}

/**
 * Text of the files Berth makes once for a start; the hosts file changes while it runs. Source: resolv.conf(5),
 * hostname(5).
 *
 * @param resolver the device's own, asked where the manifest names no server
 */
export function generatedFiles(
  { name, network: { mode, dns } }: Pick<Workload, "name" | "network">,
  resolver: string,
): { readonly resolvConf: string; readonly hostname: string } {
  const servers = dns.servers.length > 0 || mode === "none" ? dns.servers : [resolver];
  const search = dns.search.length === 0 ? "" : `search ${dns.search.join(" ")}\n`;
  return {
    resolvConf: search + servers.map((server) => `nameserver ${server}\n`).join(""),
    hostname: `${name}\n`,
  };
}
