import type { ImageConfig } from "../../model/image.ts";
import { bytesOf } from "../../model/quantity.ts";
import type { Workload } from "../../model/workload.ts";
import type { Account } from "./accounts.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { underInit } from "./init.ts";
import { type GeneratedFiles, mountsOf, type SourcedPlace } from "./mounts.ts";
import { commandOf, environmentOf, workdirOf } from "./process.ts";
import type { RuntimeConfig, RuntimeProcess } from "./runtime-spec.ts";
import { seccompProfile } from "./seccomp.ts";

/** What a bundle is made from, all of it found out already. */
export interface BundleInput {
  readonly manifest: Workload;
  readonly config: ImageConfig;
  readonly account: Account;
  /** Path of the merged root file system. */
  readonly rootPath: string;
  /** Path of the network namespace; undefined for the device's own. */
  readonly networkNamespace: string | undefined;
  readonly files: GeneratedFiles;
  /** The device's init for workloads; undefined where the workload's own command is its first process. */
  readonly initProgram: string | undefined;
  /** What the manifest and the image want mounted, parents before children. */
  readonly places: readonly SourcedPlace[];
  /** Node's name of the device's architecture: x64 or arm64. */
  readonly architecture: string;
}

/** Places in /proc and /sys that tell of, or reach, the whole device: hidden, as Docker and Podman hide them. */
const MASKED = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/interrupts",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/devices/virtual/powercap",
  "/sys/firmware",
];

/** Places that are the device's to write: read-only, as with Docker and Podman. */
const READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** Under memory pressure a workload goes before the device's own services (0), as Kubernetes' burstable pods do. */
const OOM_SCORE_ADJUSTMENT = 200;

/** systemd's own limits (systemd-system.conf(5), DefaultLimitNOFILE=): select(2) works, and a server may ask for more. */
const OPEN_FILES = { soft: 1024, hard: 524_288 };

/**
 * The OCI runtime configuration (config.json) of a workload. Source: runtime-spec 1.2, config.md and config-linux.md.
 * Most limits are not here: the workload's unit has them.
 *
 * @throws ReasonError `start-failed` when the manifest and the image do not make a process
 */
export function bundleOf(input: BundleInput): RuntimeConfig {
  const { manifest } = input;
  const capabilities = capabilitiesOf(manifest.capabilities);
  return {
    ociVersion: "1.2.0",
    root: { path: input.rootPath, readonly: manifest.root === "read-only" },
    hostname: manifest.name,
    process: processOf(input, capabilities),
    mounts: mountsOf(input.places, {
      ...input,
      shm: manifest.limits.shm === undefined ? undefined : bytesOf(manifest.limits.shm),
    }),
    linux: {
      namespaces: [
        { type: "pid" },
        { type: "mount" },
        { type: "ipc" },
        { type: "uts" },
        { type: "cgroup" },
        ...(input.networkNamespace === undefined ? [] : [{ type: "network", path: input.networkNamespace }]),
      ],
      // Its own network: no port of it needs root, and everybody may ping (Docker sets both). Not the device's.
      sysctl:
        input.networkNamespace === undefined
          ? {}
          : {
              "net.ipv4.ip_unprivileged_port_start": "0",
              "net.ipv4.ping_group_range": "0 2147483647",
              // Its router is the device, whatever a neighbour says.
              ...(manifest.network.mode === "bridge" ? { "net.ipv6.conf.eth0.accept_ra": "0" } : {}),
            },
      maskedPaths: MASKED,
      readonlyPaths: READ_ONLY,
      seccomp: seccompProfile(input.architecture, capabilities),
    },
  };
}

function processOf({ manifest, config, account }: BundleInput, names: readonly string[]): RuntimeProcess {
  const capabilities = names.map((name) => `CAP_${name}`);
  return {
    terminal: false,
    user: { uid: account.uid, gid: account.gid, umask: 0o022, additionalGids: account.additionalGids },
    args: manifest.init ? underInit(commandOf(manifest, config)) : commandOf(manifest, config),
    env: environmentOf(manifest, config, account.home),
    cwd: workdirOf(manifest, config),
    // Neither inheritable nor ambient: a process that is not root has none (capabilities(7), transformation at execve).
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    noNewPrivileges: true,
    rlimits: [{ type: "RLIMIT_NOFILE", ...openFiles(manifest.limits.openFiles) }],
    oomScoreAdj: OOM_SCORE_ADJUSTMENT,
  };
}

function openFiles(most: number | undefined): { readonly soft: number; readonly hard: number } {
  return most === undefined ? OPEN_FILES : { soft: most, hard: most };
}
