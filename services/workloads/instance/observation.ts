import type { ListedUnit } from "../../host/systemd.ts";
import type { UnitProperty } from "../../host/systemd-property.ts";
import type { Exit, ObservedWorkload } from "../../supervisor/ports.ts";
import { workloadOfInstance } from "./instances.ts";
import type { WorkloadRecord } from "./record.ts";

const SIGKILL = 9;

/** What is known of one workload from its unit, its record and the note of its last end. */
export interface Findings {
  readonly instance: string;
  readonly role: ObservedWorkload["role"];
  readonly unit: ListedUnit | undefined;
  readonly restarts: number;
  /** Microseconds since 1970; 0 when it was never active. */
  readonly activeSince: number;
  readonly record: WorkloadRecord | undefined;
  readonly exit: Exit | undefined;
}

/** Puts together what {@link Findings} say. */
export function observedOf({ instance, role, unit, restarts, activeSince, record, exit }: Findings): ObservedWorkload {
  const properties = record?.unit ?? [];
  const state = stateOf(unit, exit);
  const ran = unit !== undefined || exit !== undefined;
  return {
    name: workloadOfInstance(instance),
    instance,
    role,
    // Prepared, but never handed to systemd: what was to become of it is not this, and no run of it has ended.
    fingerprint: ran ? (record?.fingerprint ?? "") : "",
    check: record?.check,
    run: ran ? (record?.run ?? "") : "",
    unit: state,
    restarts,
    ...(record?.guest?.emulated === true ? { emulated: true } : {}),
    address: record?.network.addresses?.v4,
    address6: record?.network.addresses?.v6,
    // On the device's own network, it is where the supervisor is.
    ...(record?.network.mode === "host" ? { probeAddress: "127.0.0.1" } : {}),
    startedAt: activeSince > 0 ? new Date(activeSince / 1000).toISOString() : undefined,
    exit: state === "active" || exit === undefined ? undefined : endOf(exit, state, restarts, properties),
  };
}

/** systemd fails a unit that is to be restarted only at its start limit, and keeps the Result of its last end. */
function endOf(
  exit: Exit,
  state: ObservedWorkload["unit"],
  restarts: number,
  properties: readonly UnitProperty[],
): Exit {
  const [policy, starts, within] = ["Restart", "StartLimitBurst", "StartLimitIntervalUSec"].map((name) =>
    propertyOf(properties, name),
  );
  if (state !== "failed" || exit.result === "unhealthy" || typeof starts !== "number") return exit;
  const restarted = policy === "always" || (policy === "on-failure" && exit.result !== "success");
  if (!restarted || restarts < starts - 1) return exit;
  return { ...exit, result: "start-limit-hit", detail: `${starts} starts within ${Number(within) / 1_000_000} s` };
}

/** systemd's states (org.freedesktop.systemd1(5), ActiveState and SubState) in Berth's words. */
function stateOf(unit: ListedUnit | undefined, exit: Exit | undefined): ObservedWorkload["unit"] {
  switch (unit?.activeState) {
    case "active":
    case "reloading":
    case "refreshing":
      return "active";
    case "activating":
      return unit.subState.startsWith("auto-restart") ? "restarting" : "activating";
    case "deactivating":
      return "deactivating";
    case "failed":
      return "failed";
    default:
      // systemd forgets a transient unit that ended well; the note of its end stays.
      return exit !== undefined && exit.result !== "success" ? "failed" : "inactive";
  }
}

function propertyOf(properties: readonly UnitProperty[], name: string): UnitProperty["value"] | undefined {
  return properties.find((property) => property.name === name)?.value;
}

/** The end of a workload that was ended because its health check failed, which `detail` tells of: systemd has no word for it. */
export function unhealthyExit(exit: Exit, detail: string): Exit {
  return { ...exit, result: "unhealthy", detail };
}

/**
 * Reads the note the unit's ExecStopPost leaves: `$SERVICE_RESULT $EXIT_CODE $EXIT_STATUS` (systemd.exec(5)), the last two
 * empty when no process ever ran, and a line `memory PEAK MAX`.
 */
export function parseExit(text: string): Exit | undefined {
  const [first = "", ...lines] = text.trim().split("\n");
  const [result, how, status = ""] = first.trim().split(" ");
  if (result === undefined || result === "") return undefined;
  const memory = lines.map(parseMemory).find((one) => one !== undefined);
  const rest = { result, ...(memory === undefined ? {} : { memory }) };
  if (how === "exited") return { code: Number(status), signal: undefined, ...rest };
  if (how === "killed" || how === "dumped") return { code: undefined, signal: `SIG${status}`, ...rest };
  return { code: undefined, signal: undefined, ...rest };
}

function parseMemory(line: string): Exit["memory"] {
  const [, peak, max] = /^memory (\d+) (\d+|max)$/.exec(line) ?? [];
  if (peak === undefined) return undefined;
  return { peak: Number(peak), limit: max === "max" ? undefined : Number(max) };
}

/** Whether a workload that was asked to stop had to be killed: by the kernel's SIGKILL, where it was asked by another signal. */
export function wasKilled(exit: Exit | undefined, asked: number | undefined): boolean {
  return exit?.signal === "SIGKILL" && exit.result !== "oom-kill" && asked !== SIGKILL;
}
