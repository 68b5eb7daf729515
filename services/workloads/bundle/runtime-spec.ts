import type { SeccompProfile } from "../../model/workload/seccomp.ts";

/** The part of the OCI runtime specification's config.json that Berth writes. Source: runtime-spec 1.2, config*.md. */
export interface RuntimeConfig {
  readonly ociVersion: string;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly hostname: string;
  readonly process: RuntimeProcess;
  readonly mounts: readonly RuntimeMount[];
  readonly linux: RuntimeLinux;
}

export interface RuntimeProcess {
  readonly terminal: false;
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly umask: number;
    readonly additionalGids: readonly number[];
  };
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities: Readonly<Record<"bounding" | "effective" | "permitted", readonly string[]>>;
  readonly noNewPrivileges: boolean;
  readonly rlimits: readonly { readonly type: "RLIMIT_NOFILE"; readonly soft: number; readonly hard: number }[];
  readonly oomScoreAdj: number;
}

export interface RuntimeMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

export interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

export interface RuntimeLinux {
  readonly namespaces: readonly { readonly type: string; readonly path?: string }[];
  readonly uidMappings?: readonly IdMapping[];
  readonly gidMappings?: readonly IdMapping[];
  readonly sysctl: Readonly<Record<string, string>>;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly seccomp?: Seccomp;
  readonly devices?: readonly RuntimeDevice[];
}

/** A device's node (mknod(2)). */
export interface RuntimeDevice {
  readonly path: string;
  readonly type: "b" | "c";
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface Seccomp extends SeccompProfile {
  readonly architectures: string[];
}

export type SeccompRule = SeccompProfile["syscalls"][number];
