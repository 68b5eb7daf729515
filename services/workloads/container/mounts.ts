import type { Workload } from "../../model/workload.ts";
import { initMount } from "./init.ts";
import type { SettledPlace } from "./places.ts";
import type { RuntimeMount } from "./runtime-spec.ts";

/** A place, and for all but places in memory what is mounted there: a path on the device. */
export interface SourcedPlace extends Pick<SettledPlace, "destination" | "content"> {
  readonly source?: string;
}

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
const SHM_SIZE = 64 * 1024 * 1024;

/**
 * Everything mounted into a workload, parents before children: the kernel's file systems, the manifest's and the image's
 * places in their order (`nosuid,nodev`), and the generated files (read-only).
 *
 * @param options.initProgram the device's init for workloads, where the workload has one
 */
export function mountsOf(
  places: readonly SourcedPlace[],
  options: {
    readonly files: GeneratedFiles;
    /** Bytes of /dev/shm; what Docker gives when left out. */
    readonly shm?: number | undefined;
    readonly initProgram?: string | undefined;
  },
): RuntimeMount[] {
  const shm: RuntimeMount = {
    destination: SHM,
    type: "tmpfs",
    source: "shm",
    options: ["nosuid", "noexec", "nodev", "mode=1777", `size=${options.shm ?? SHM_SIZE}`],
  };
  const { hosts, resolvConf, hostname } = options.files;
  const isTaken = (path: string) => places.some(({ destination }) => destination === path);
  const files = [
    { destination: "/etc/hosts", source: hosts },
    { destination: "/etc/resolv.conf", source: resolvConf },
    { destination: "/etc/hostname", source: hostname },
  ]
    // What the manifest puts over one of them is what its owner wants there.
    .filter(({ destination }) => !isTaken(destination))
    .map((file): RuntimeMount => ({ ...file, type: "bind", options: ["bind", "ro", "nosuid", "nodev", "noexec"] }));
  const init = options.initProgram === undefined ? [] : [initMount(options.initProgram)];
  const system = [...SYSTEM, shm].filter(({ destination }) => !isTaken(destination));
  return [...system, ...places.map(mountOf), ...files, ...init];
}

function mountOf({ destination, content, source = "" }: SourcedPlace): RuntimeMount {
  const bind = (readOnly: boolean): RuntimeMount => ({
    destination,
    type: "bind",
    source,
    options: ["bind", "nosuid", "nodev", readOnly ? "ro" : "rw"],
  });
  switch (content.kind) {
    case "tmpfs": {
      const options = ["nosuid", "nodev", "noexec", `mode=${content.mode}`, `size=${content.size}`];
      return { destination, type: "tmpfs", source: "tmpfs", options };
    }
    case "volume":
    case "mount":
      return bind(content.readOnly);
    case "file":
      return bind(true);
  }
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
