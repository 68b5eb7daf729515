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

/** Where no process is that could be restarted: a start makes a job, or the next run of a schedule, run now. */
const ENDED: ReadonlySet<WorkloadStatus["phase"]> = new Set(["completed", "scheduled", "exited", "failed"]);

/** The acts that make sense for a workload as it is wanted now. */
export function actsFor({ desired, phase }: Pick<WorkloadStatus, "desired" | "phase">): readonly WorkloadAct[] {
  if (desired === "stopped") return [START, REMOVE];
  return ENDED.has(phase) ? [START, STOP, REMOVE] : [RESTART, STOP, REMOVE];
}
