import { LOG_PLACES, type LogPlaces, pipePaths } from "../../logs/places.ts";

/** Where the engine keeps things. */
export interface EnginePaths {
  /** Run-time state, gone after a reboot: /run/berth */
  readonly runtime: string;
  /** What stays: /data/berth */
  readonly data: string;
  /** What workloads write. */
  readonly logs: LogPlaces;
}

/** On a device. */
export const ENGINE_PATHS: EnginePaths = { runtime: "/run/berth", data: "/data/berth", logs: LOG_PLACES };

/** The places of one workload. */
export interface WorkloadPaths {
  /** The instance of the workload whose they are; its unit, its network namespace and crun's container are named by it. */
  readonly instance: string;
  /** The bundle's directory: config.json, record, scripts, generated files. Readable by root only. */
  readonly bundle: string;
  readonly config: string;
  readonly record: string;
  /** What is its /etc/hosts. */
  readonly hosts: string;
  /** Inline files, numbered. */
  readonly files: string;
  /** Mount points of the device's paths that are mounted into it, numbered: not in the bundle, which is deleted whole. */
  readonly hostMounts: string;
  /**
   * Where the merged root file system is mounted. Outside the bundle: root inside the container must reach it, and
   * nothing else of the bundle.
   */
  readonly root: string;
  /** Holds its user namespace. */
  readonly userNamespace: string;
  /** Mount points the image lacks. */
  readonly skeleton: string;
  /** Holds the main process's id. */
  readonly pid: string;
  /** How the process ended last. */
  readonly exit: string;
  /** What its health check said, where it was ended for that. */
  readonly unhealthy: string;
  /** crun's own errors. */
  readonly crunLog: string;
  /** FIFOs its outputs go through. */
  readonly stdout: string;
  readonly stderr: string;
  readonly startScript: string;
  readonly endScript: string;
  readonly rootScript: string;
  /** The writable layer of an ephemeral root; on the data partition, since it may grow. */
  readonly scratch: string;
}

export function workloadsDirectory({ runtime }: EnginePaths): string {
  return `${runtime}/workloads`;
}

export function workloadPaths(paths: EnginePaths, instance: string): WorkloadPaths {
  const bundle = `${workloadsDirectory(paths)}/${instance}`;
  const { stdout, stderr } = pipePaths(paths.logs, instance);
  return {
    instance,
    bundle,
    config: `${bundle}/config.json`,
    record: `${bundle}/started.json`,
    hosts: `${bundle}/hosts`,
    files: `${bundle}/files`,
    hostMounts: `${paths.runtime}/mounts/${instance}`,
    root: `${rootsDirectory(paths)}/${instance}`,
    userNamespace: `${bundle}/user`,
    skeleton: `${bundle}/skeleton`,
    pid: `${bundle}/pid`,
    exit: `${bundle}/exit`,
    unhealthy: `${bundle}/unhealthy`,
    crunLog: `${bundle}/crun.log`,
    stdout,
    stderr,
    startScript: `${bundle}/start.sh`,
    endScript: `${bundle}/end.sh`,
    rootScript: `${bundle}/root.sh`,
    scratch: `${paths.data}/workloads/${instance}`,
  };
}

/** Where merged root file systems are mounted. */
function rootsDirectory({ runtime }: EnginePaths): string {
  return `${runtime}/roots`;
}

/**
 * Where the layers of a workload with ids of its own are mounted, with its owners. Short, like
 * {@link layersDirectory}: `first` is the first id of its range.
 */
export function idmappedDirectory({ runtime }: EnginePaths, first: number): string {
  return `${runtime}/i/${first}`;
}

/** Where crun keeps its state. */
export function crunRoot({ runtime }: EnginePaths): string {
  return `${runtime}/crun`;
}

/** Where the device itself finds its workloads' names: what its /etc/hosts leads to. */
export function deviceHosts({ runtime }: EnginePaths): string {
  return `${runtime}/hosts`;
}

/** Where layers are mounted. Short: every layer's path must fit one page of mount options (mount(2)). */
export function layersDirectory({ runtime }: EnginePaths): string {
  return `${runtime}/l`;
}

const UNIT = /^berth-workload-([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.2)?)\.service$/;

/** Every unit of a workload, as a pattern systemd understands. */
export const UNIT_PATTERN = "berth-workload-*.service";

/** An instance's unit. Not `berth-NAME`: a workload may be named agent or admin, and those are Berth's own. */
export function unitName(instance: string): string {
  return `berth-workload-${instance}.service`;
}

/** What the journal knows by (SYSLOG_IDENTIFIER) what crun and the scripts say of a workload. */
export function logIdentifier(workload: string): string {
  return `berth-workload-${workload}`;
}

/** The instance of a workload that a unit runs, or undefined. */
export function instanceOfUnit(unit: string): string | undefined {
  return UNIT.exec(unit)?.[1];
}
