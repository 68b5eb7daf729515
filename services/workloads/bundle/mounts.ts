import type { Workload } from "../../model/workload.ts";
import type { SourcedPlace } from "../places/sourced-place.ts";
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
const SHM_SIZE = 64 * 1024 * 1024;

/** Most that a place in memory holds which nobody gave a size, in bytes. */
const UNASKED_SIZE = 64 * 1024 * 1024;

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
    /** Whether the workload has ids of its own: what is the device's is then shown with its owners. */
    readonly idmapped: boolean;
    /** Whether it may write to /sys, its cgroup with it. */
    readonly privileged: boolean;
    readonly initProgram?: string | undefined;
  },
): RuntimeMount[] {
  const shm: RuntimeMount = {
    destination: SHM,
    type: "tmpfs",
    source: "shm",
    options: ["nosuid", "noexec", "nodev", "mode=1777", `size=${options.shm ?? SHM_SIZE}`],
  };
  // crun's word for: with the container's user namespace. The mount is made by the device's root, who alone may pass there.
  const owned = options.idmapped ? ["bind", "idmap"] : ["bind"];
  const { hosts, resolvConf, hostname } = options.files;
  const isTaken = (path: string) => places.some(({ destination }) => destination === path);
  const files = [
    { destination: "/etc/hosts", source: hosts },
    { destination: "/etc/resolv.conf", source: resolvConf },
    { destination: "/etc/hostname", source: hostname },
  ]
    // What the manifest puts over one of them is what its owner wants there.
    .filter(({ destination }) => !isTaken(destination))
    .map((file): RuntimeMount => ({ ...file, type: "bind", options: [...owned, "ro", "nosuid", "nodev", "noexec"] }));
  const init = options.initProgram === undefined ? [] : [initMount(options.initProgram)];
  const system = [...SYSTEM, shm]
    .filter(({ destination }) => !isTaken(destination))
    .map((mount) => (options.privileged ? writable(mount) : mount));
  return [...system, ...places.map((place) => mountOf(place, owned)), ...files, ...init];
}

function writable(mount: RuntimeMount): RuntimeMount {
  return { ...mount, options: mount.options.map((option) => (option === "ro" ? "rw" : option)) };
}

function mountOf({ destination, content, source = "" }: SourcedPlace, owned: readonly string[]): RuntimeMount {
  const bind = (how: readonly string[], readOnly: boolean): RuntimeMount => ({
    destination,
    type: "bind",
    source,
    options: [...how, "nosuid", "nodev", readOnly ? "ro" : "rw"],
  });
  const memory = (more: readonly string[]): RuntimeMount => ({
    destination,
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "nodev", "noexec", ...more],
  });
  switch (content.kind) {
    case "tmpfs":
      return memory([`mode=${content.mode}`, `size=${content.size}`]);
    case "memory": {
      const { mode, uid, gid } = content;
      // What the image has there is there all the same.
      return memory(["tmpcopyup", `mode=${mode}`, `uid=${uid}`, `gid=${gid}`, `size=${UNASKED_SIZE}`]);
    }
    case "volume":
      return bind(owned, content.readOnly);
    case "mount":
      // It has the workload's owners already, where its file system can show them.
      return bind(["bind"], content.readOnly);
    case "file":
      return bind(owned, true);
  }
}

/**
 * Text of the files Berth makes once for a start; the hosts file changes while it runs. Source: resolv.conf(5),
 * hostname(5).
 *
 * @param resolver the device's own, asked where the manifest names no server
 */
export function generatedFiles(
  { name, hostname = name, network: { mode, dns } }: Pick<Workload, "name" | "hostname" | "network">,
  resolver: string,
): { readonly resolvConf: string; readonly hostname: string } {
  const servers = dns.servers.length > 0 || mode === "none" ? dns.servers : [resolver];
  const search = dns.search.length === 0 ? "" : `search ${dns.search.join(" ")}\n`;
  return {
    resolvConf: search + servers.map((server) => `nameserver ${server}\n`).join(""),
    hostname: `${hostname}\n`,
  };
}
