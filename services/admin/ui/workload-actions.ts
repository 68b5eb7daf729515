import type { WorkloadStatus } from "../../model/state.ts";

/** An order a button gives, and the question before it where it takes something away. */
export interface WorkloadAct {
  readonly kind: "start" | "stop" | "restart" | "remove";
  readonly label: string;
  readonly question?: string;
}

const START: WorkloadAct = { kind: "start", label: "Start" };
const RESTART: WorkloadAct = {
  kind: "restart",
  label: "Restart",
  question: "It is stopped and started again; what it serves is away for that time.",
};
const STOP: WorkloadAct = {
  kind: "stop",
  label: "Stop",
  question: "It stays stopped, also after the device restarts, until it is started again.",
};
const REMOVE: WorkloadAct = {
  kind: "remove",
  label: "Remove",
  question: "It is stopped and the device forgets its manifest. Its named volumes stay.",
};

/** The acts that make sense for a workload as it is wanted now. */
export function actsFor(status: Pick<WorkloadStatus, "desired">): readonly WorkloadAct[] {
  return status.desired === "running" ? [RESTART, STOP, REMOVE] : [START, REMOVE];
}
