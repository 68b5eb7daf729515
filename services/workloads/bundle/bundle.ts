import type { ImageConfig } from "../../model/image.ts";
import { bytesOf } from "../../model/quantity.ts";
import { noNewPrivilegesOf, seccompOf } from "../../model/workload/privileges.ts";
import type { Workload } from "../../model/workload.ts";
import type { SourcedPlace } from "../places/sourced-place.ts";
import type { Account } from "../root/accounts.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { hiddenPaths } from "./hidden-paths.ts";
import { underInit } from "./init.ts";
import { type GeneratedFiles, mountsOf } from "./mounts.ts";
import { commandOf, environmentOf, workdirOf } from "./process.ts";
import type { RuntimeConfig, RuntimeDevice, RuntimeProcess, Seccomp } from "./runtime-spec.ts";
import { architecturesOf, seccompProfile } from "./seccomp.ts";

/** What a bundle is made from, all of it found out already. */
export interface BundleInput {
  readonly manifest: Workload;
  readonly config: ImageConfig;
  readonly account: Account;
  /** Path of the merged root file system. */
  readonly rootPath: string;
  /** Path of the network namespace; undefined for the device's own. */
  readonly networkNamespace: string | undefined;
  /** Its user namespace's file, and the ids on the device that its own stand for; undefined for the device's own. */
  readonly users: { readonly namespace: string; readonly first: number; readonly size: number } | undefined;
  readonly files: GeneratedFiles;
  /** Devices of the device it may use. */
  readonly devices: readonly RuntimeDevice[];
  /** The device's init for workloads; undefined where the workload's own command is its first process. */
  readonly initProgram: string | undefined;
  /** What the manifest and the image want mounted, parents before children. */
  readonly places: readonly SourcedPlace[];
  /** Node's name of the device's architecture: x64 or arm64. */
  readonly architecture: string;
}

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
  const { manifest, users, devices } = input;
  const capabilities = capabilitiesOf(manifest);
  return {
    ociVersion: "1.2.0",
    root: { path: input.rootPath, readonly: manifest.root === "read-only" },
    hostname: manifest.hostname ?? manifest.name,
    process: processOf(input, capabilities),
    mounts: mountsOf(input.places, {
      ...input,
      idmapped: users !== undefined,
      privileged: manifest.privileged,
      shm: manifest.limits.shm === undefined ? undefined : bytesOf(manifest.limits.shm),
    }),
    linux: {
      namespaces: [
        ...(users === undefined ? [] : [{ type: "user", path: users.namespace }]),
        { type: "pid" },
        { type: "mount" },
        { type: "ipc" },
        { type: "uts" },
        { type: "cgroup" },
        ...(input.networkNamespace === undefined ? [] : [{ type: "network", path: input.networkNamespace }]),
      ],
      ...(users === undefined ? {} : mappings(users)),
      sysctl: { ...ownNetwork(input), ...settings(manifest.sysctls) },
      ...hiddenPaths(manifest),
      ...seccompFor(input, capabilities),
      ...(devices.length === 0 ? {} : { devices }),
    },
  };
}

function seccompFor({ manifest, architecture }: BundleInput, capabilities: readonly string[]): { seccomp?: Seccomp } {
  const wish = seccompOf(manifest);
  if (wish === "unconfined") return {};
  if (wish === "default") return { seccomp: seccompProfile(architecture, capabilities) };
  return { seccomp: { ...wish.profile, architectures: wish.profile.architectures ?? architecturesOf(architecture) } };
}

/** Its own network: no port of it needs root, and everybody may ping (Docker sets both). Not the device's. */
function ownNetwork({ manifest, networkNamespace, users }: BundleInput): Record<string, string> {
  if (networkNamespace === undefined) return {};
  return {
    "net.ipv4.ip_unprivileged_port_start": "0",
    "net.ipv4.ping_group_range": `0 ${(users?.size ?? 2 ** 31) - 1}`,
    // Its router is the device, whatever a neighbour says.
    ...(manifest.network.mode === "bridge" ? { "net.ipv6.conf.eth0.accept_ra": "0" } : {}),
  };
}

function settings(sysctls: Workload["sysctls"]): Record<string, string> {
  return Object.fromEntries(Object.entries(sysctls).map(([name, value]) => [name, String(value)]));
}

function mappings({ first, size }: { readonly first: number; readonly size: number }) {
  const mapping = [{ containerID: 0, hostID: first, size }];
  return { uidMappings: mapping, gidMappings: mapping };
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
    noNewPrivileges: noNewPrivilegesOf(manifest),
    rlimits: [{ type: "RLIMIT_NOFILE", ...openFiles(manifest.limits.openFiles) }],
    oomScoreAdj: OOM_SCORE_ADJUSTMENT,
  };
}

function openFiles(most: number | undefined): { readonly soft: number; readonly hard: number } {
  return most === undefined ? OPEN_FILES : { soft: most, hard: most };
}
