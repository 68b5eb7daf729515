import type { Configuration } from "../../model/configuration.ts";
import type { Device } from "../../model/device.ts";
import { DEFAULT_POLICY } from "../../model/policy.ts";
import type { Reason } from "../../model/reason.ts";
import type {
  AdminConfiguration,
  AgentConfiguration,
  SupervisorConfiguration,
} from "../../model/service-configuration.ts";
import { networkFiles } from "./network-files.ts";

/** A user of the device, by the name it has in passwd(5). */
export type User = "root" | "berth-admin" | "berth-agent";

/** A directory as it is to be. */
export interface PlannedDirectory {
  readonly path: string;
  readonly mode: number;
  readonly owner: User;
  /** Whose group it belongs to, where that is not the owner's own. */
  readonly group?: User;
}

/** A file as it is to be. */
export interface PlannedFile extends PlannedDirectory {
  readonly content: string;
}

/** What is to be on the disk: directories, each after the one it is in, and then files. */
export interface ConfigurationPlan {
  readonly directories: readonly PlannedDirectory[];
  readonly files: readonly PlannedFile[];
}

/** What a plan is made from. */
export interface PlanInput {
  /** The device's name. */
  readonly device: string;
  readonly source: Device["configuration"]["source"];
  readonly problems: readonly Reason[];
  readonly configuration: Configuration | undefined;
  /** The LAN API's bearer token. */
  readonly token: string;
}

/** Where networkd looks for files that live as long as the boot. */
export const NETWORK_DIRECTORY = "/run/systemd/network";

/** The places on the data partition that the services expect. */
export const DATA_DIRECTORIES: readonly PlannedDirectory[] = [
  { path: "/data/berth", mode: 0o700, owner: "root" },
  { path: "/data/berth/images", mode: 0o700, owner: "root" },
  { path: "/data/berth/volumes", mode: 0o700, owner: "root" },
  { path: "/data/berth/workloads", mode: 0o700, owner: "root" },
  { path: "/data/berth-admin", mode: 0o700, owner: "berth-admin" },
  { path: "/data/berth-agent", mode: 0o700, owner: "berth-agent" },
];

/** The host name: the configured one, or the device's name. */
export function hostNameOf({ device, configuration }: Pick<PlanInput, "device" | "configuration">): string {
  return configuration?.hostname ?? device;
}

/** What `berth config apply` makes of a configuration. Each service gets what it needs, readable by it alone. */
export function configurationPlan(input: PlanInput): ConfigurationPlan {
  const { device, source, problems, configuration, token } = input;
  const { signingKeys = [], ...link } = configuration?.fleet ?? {};
  const supervisor: SupervisorConfiguration = {
    device,
    source,
    problems: [...problems],
    registries: configuration?.registries ?? {},
    policy: configuration?.policy ?? DEFAULT_POLICY,
    signingKeys,
  };
  const admin: AdminConfiguration = { device, hostname: hostNameOf(input), token };
  const agent: AgentConfiguration = { device, ...("broker" in link ? { fleet: link } : {}) };
  return {
    directories: [
      { path: "/run/berth", mode: 0o755, owner: "root" },
      { path: "/run/berth/supervisor", mode: 0o700, owner: "root" },
      // A service may enter its folder, but not put something else in the place of the supervisor's socket there.
      { path: "/run/berth/admin", mode: 0o750, owner: "root", group: "berth-admin" },
      { path: "/run/berth/agent", mode: 0o750, owner: "root", group: "berth-agent" },
      { path: NETWORK_DIRECTORY, mode: 0o755, owner: "root" },
    ],
    files: [
      ...networkFiles(configuration?.network ?? []).map(({ name, content }) => ({
        path: `${NETWORK_DIRECTORY}/${name}`,
        mode: 0o644,
        owner: "root" as const,
        content,
      })),
      serviceFile("admin", "berth-admin", admin),
      serviceFile("agent", "berth-agent", agent),
      serviceFile("supervisor", "root", supervisor),
    ],
  };
}

function serviceFile(service: string, owner: User, content: unknown): PlannedFile {
  return { path: `/run/berth/${service}/config.json`, mode: 0o600, owner, content: `${JSON.stringify(content)}\n` };
}
