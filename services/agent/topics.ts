/** The branches below a device's topic. */
const BRANCHES = ["orders", "receipts", "state", "presence", "telemetry", "events", "logs"] as const;
export type Branch = (typeof BRANCHES)[number];

const ROOT = "berth/1";

/**
 * The topic of one branch of one device. `workload` is for `logs` alone.
 * Every topic of the project is made here and nowhere else.
 */
export function topicOf(device: string, branch: Exclude<Branch, "logs">): string {
  return `${ROOT}/${device}/${branch}`;
}

/** The topic on which a device publishes what one workload writes. */
export function logsTopicOf(device: string, workload: string): string {
  return `${ROOT}/${device}/logs/${workload}`;
}

/** The topic of orders for every device of a group. */
export function groupOrdersTopicOf(group: string): string {
  return `${ROOT}/groups/${group}/orders`;
}

/** A filter for one branch of every device. */
export function filterOf(branch: Branch): string {
  return branch === "logs" ? `${ROOT}/+/logs/+` : `${ROOT}/+/${branch}`;
}

/** The filter as a shared subscription, which gives each message to one of its subscribers (MQTT 5 §4.8.2). */
export function sharedFilterOf(share: string, branch: Branch): string {
  return `$share/${share}/${filterOf(branch)}`;
}

/** What a topic is about. */
export interface TopicParts {
  readonly device: string;
  readonly branch: Branch;
  /** Given for `logs` alone. */
  readonly workload: string | undefined;
}

/** Reads a topic; undefined for one that is not a device's. */
export function parseTopic(topic: string): TopicParts | undefined {
  if (!topic.startsWith(`${ROOT}/`)) return undefined;
  const [device, branch, workload, ...rest] = topic.slice(ROOT.length + 1).split("/");
  if (device === undefined || device === "" || rest.length > 0) return undefined;
  const known = BRANCHES.find((name) => name === branch);
  if (known === undefined || (known === "logs") !== (workload !== undefined)) return undefined;
  return { device, branch: known, workload };
}
