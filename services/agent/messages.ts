import type { Branch } from "./topics.ts";

/** How one kind of message travels. */
interface Travel {
  readonly branch: Branch;
  readonly from: "device" | "fleet";
  readonly qos: 0 | 1;
  /** The broker keeps the newest and gives it to whoever subscribes later. */
  readonly retain: boolean;
  /** After so many seconds the broker forgets one it could not deliver. */
  readonly expirySeconds?: number;
}

/** Every kind of message between a device and its fleet. The protocol's document is made from this table. */
export const MESSAGES = {
  order: { branch: "orders", from: "fleet", qos: 1, retain: false },
  receipt: { branch: "receipts", from: "device", qos: 1, retain: false },
  state: { branch: "state", from: "device", qos: 1, retain: true },
  presence: { branch: "presence", from: "device", qos: 1, retain: true },
  progress: { branch: "telemetry", from: "device", qos: 0, retain: false },
  problem: { branch: "telemetry", from: "device", qos: 1, retain: false },
  dropped: { branch: "telemetry", from: "device", qos: 1, retain: false },
  // A sample that is late is of no use: there is a newer one.
  stats: { branch: "telemetry", from: "device", qos: 0, retain: false },
  // Whoever asked waits no longer.
  answer: { branch: "telemetry", from: "device", qos: 1, retain: false, expirySeconds: 60 },
  event: { branch: "events", from: "device", qos: 1, retain: false },
  // Lines that nobody took within a minute are of no use any more.
  logs: { branch: "logs", from: "device", qos: 1, retain: false, expirySeconds: 60 },
} as const satisfies Readonly<Record<string, Travel>>;
