import { formatBytes } from "../model/format-bytes.ts";
import type { Reason } from "../model/reason.ts";
import { signalNumber } from "../model/signal.ts";
import type { Health, Phase, ScheduleStatus, WorkloadStatus } from "../model/state.ts";
import { isRunByRun } from "../model/workload/job.ts";
import type { Workload } from "../model/workload.ts";
import type { Step } from "./plan.ts";
import type { Exit, ObservedWorkload } from "./ports.ts";
import type { Target } from "./target.ts";

/** What is known of one workload, from every side. */
export interface StatusInput {
  readonly name: string;
  readonly target: Target;
  readonly digest: string | undefined;
  readonly unit: ObservedWorkload | undefined;
  /** The step in hand, if any. */
  readonly step: Step["kind"] | undefined;
  /** Why the last try failed, while it has not succeeded since. */
  readonly reason: Reason | undefined;
  readonly health: Health;
  /** What the newest probe heard. */
  readonly probed: string;
  readonly order: string | undefined;
  readonly schedule: ScheduleStatus | undefined;
  /** Whether that order has not ended. */
  readonly underWay: boolean;
  readonly issuer: string | undefined;
}

/** A workload's reported status; `since` is the caller's, who knows the phase before. */
export function statusOf(input: StatusInput): Omit<WorkloadStatus, "since"> {
  const { target, unit } = input;
  const phase = phaseOf(input);
  const reason = input.reason ?? exitReason(phase, unit) ?? healthReason(phase, input);
  return {
    name: input.name,
    image: target.manifest.image,
    ...(input.digest === undefined ? {} : { digest: input.digest }),
    isolation: target.manifest.isolation,
    ...(unit?.emulated === true ? { emulated: true } : {}),
    desired: target.run,
    phase,
    health: phase === "running" ? input.health : "none",
    restarts: unit?.restarts ?? 0,
    ports: target.manifest.ports,
    ...(unit?.address === undefined ? {} : { address: unit.address }),
    ...(unit?.address6 === undefined ? {} : { address6: unit.address6 }),
    ...(input.order === undefined ? {} : { order: input.order }),
    ...(input.issuer === undefined ? {} : { issuer: input.issuer }),
    ...(input.schedule === undefined ? {} : { schedule: input.schedule }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function phaseOf(input: StatusInput): Phase {
  const { step, unit } = input;
  switch (step) {
    case "pull":
      return unit?.unit === "active" ? "running" : "pulling";
    case "stop":
      return "stopping";
    case "start":
      return "starting";
    case "wait":
      return settledPhase({ ...input, reason: undefined });
    case "start-beside":
    case "await-beside":
    case "switch-over":
    case "dismiss":
    case "await-ready":
    case undefined:
      return settledPhase(input);
  }
}

function settledPhase({ unit, target, reason, underWay }: StatusInput): Phase {
  switch (unit?.unit) {
    case undefined:
      if (target.run === "stopped") return "stopped";
      // What is desired was reached: a job that is, is done.
      if (isRunByRun(target.manifest) && reason === undefined && !underWay) return doneOf(target.manifest);
      return reason === undefined ? "pending" : "backing-off";
    case "active":
      return "running";
    case "activating":
      return "starting";
    case "restarting":
      return "backing-off";
    case "deactivating":
      return "stopping";
    case "inactive":
      return isRunByRun(target.manifest) && unit.exit?.code === 0 ? doneOf(target.manifest) : "exited";
    case "failed":
      return "failed";
  }
}

function doneOf({ schedule }: Workload): Phase {
  return schedule === undefined ? "completed" : "scheduled";
}

function exitReason(phase: Phase, unit: ObservedWorkload | undefined): Reason | undefined {
  if (phase !== "failed" && phase !== "exited" && phase !== "backing-off") return undefined;
  return unit === undefined ? undefined : reasonOfExit(unit);
}

function healthReason(phase: Phase, { health, probed }: StatusInput): Reason | undefined {
  return phase === "running" && health === "unhealthy" ? { code: "unhealthy", message: probed } : undefined;
}

/** How a micro-VM ends otherwise than with its workload. */
const GUEST_ENDS: readonly Reason[] = [
  { code: "guest-died", message: "its micro-VM died without a word of its workload" },
  { code: "qemu-failed", message: "QEMU could not run its micro-VM" },
  { code: "start-failed", message: "its process could not be started" },
];

/** Why a workload's process ended, in words. */
export function reasonOfExit(unit: ObservedWorkload): Reason {
  const { exit } = unit;
  if (exit === undefined) return { code: "exited", message: "its process ended" };
  if (exit.result === "unhealthy")
    return { code: "unhealthy", message: `it was stopped, since its health check failed: ${exit.detail ?? ""}` };
  const guestEnd = GUEST_ENDS.find(({ code }) => code === exit.result);
  if (guestEnd !== undefined)
    return { ...guestEnd, message: `${guestEnd.message}: ${exit.detail ?? "it said nothing"}` };
  if (exit.result === "start-limit-hit") {
    const { message } = reasonOfExit({ ...unit, exit: { ...exit, result: "exit-code" } });
    return { code: "start-limit", message: `it was started as often as it may be (${exit.detail ?? ""}): ${message}` };
  }
  if (exit.result === "oom-kill") return outOfMemory(exit.memory);
  if (exit.signal !== undefined)
    return { code: "killed", message: `its process was ended by ${exit.signal}`, value: exit.signal };
  return { code: "exited", message: `its process exited with ${exit.code ?? "an unknown code"}`, value: exit.code };
}

function outOfMemory(memory: Exit["memory"]): Reason {
  const reason = { code: "out-of-memory", message: "the kernel ended it: out of memory" };
  if (memory === undefined) return reason;
  const peak = formatBytes(memory.peak);
  if (memory.limit === undefined) {
    return {
      ...reason,
      message: `the kernel ended it: the device was out of memory; it had used ${peak}`,
      value: peak,
    };
  }
  const allowed = formatBytes(memory.limit);
  return { ...reason, message: `the kernel ended it: used ${peak} of ${allowed} allowed`, value: peak, allowed };
}

/** How a process ended as shells count it: its exit code, or 128 and the signal's number; undefined while that is not known. */
export function exitCodeOf(unit: ObservedWorkload | undefined): number | undefined {
  const exit = unit?.exit;
  if (exit?.signal === undefined) return exit?.code;
  const number = signalNumber(exit.signal);
  return number === undefined ? undefined : 128 + number;
}
