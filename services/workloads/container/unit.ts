import type { UnitProperty } from "../../host/systemd-property.ts";
import type { ImageConfig } from "../../model/image.ts";
import { millisecondsOf } from "../../model/quantity.ts";
import { ReasonError } from "../../model/reason.ts";
import { signalNumber } from "../../model/signal.ts";
import { type RestartPolicy, restartPolicyOf } from "../../model/workload/restart.ts";
import type { Workload } from "../../model/workload.ts";
import { logIdentifier, type WorkloadPaths } from "./paths.ts";
import { SLICE } from "./slice.ts";
import { limitProperties } from "./unit-limits.ts";

const SECOND = 1_000_000;
/**
 * systemd's time to stop is also that of the end script, and 0 means no limit: never less than this. The engine kills
 * earlier where the grace is shorter.
 */
const SHORTEST_STOP = 10 * SECOND;

/**
 * The properties of a workload's transient unit. systemd limits it, restarts it with back-off and notes how it ended,
 * all without the supervisor. Source: systemd.service(5), systemd.resource-control(5), systemd.kill(5).
 *
 * @throws ReasonError `start-failed` for a stop signal Linux does not know
 */
export function unitOf(options: {
  readonly manifest: Workload;
  readonly config: ImageConfig;
  readonly paths: WorkloadPaths;
  /** Where the engine keeps what stays: on the disk whose use is limited. */
  readonly data: string;
}): UnitProperty[] {
  const { manifest, config, paths } = options;
  const shell = (script: string, mayFail = false) => ({ path: "/bin/sh", argv: ["/bin/sh", script], mayFail });
  return [
    { name: "Description", type: "s", value: `Berth workload ${manifest.name}` },
    { name: "Slice", type: "s", value: SLICE },
    // The start script names the container's first process as the unit's main one before that runs its command.
    { name: "Type", type: "s", value: "notify" },
    { name: "NotifyAccess", type: "s", value: "main" },
    ...(manifest.root === "ephemeral"
      ? [{ name: "ExecStartPre", type: "a(sasb)", value: [shell(paths.rootScript)] } as const]
      : []),
    { name: "ExecStart", type: "a(sasb)", value: [shell(paths.startScript)] },
    { name: "ExecStopPost", type: "a(sasb)", value: [shell(paths.endScript, true)] },
    { name: "TimeoutStartUSec", type: "t", value: 60 * SECOND },
    // The stop signal goes to the first process alone, as with Docker. With it, the kernel ends the rest of its pid
    // namespace.
    { name: "KillMode", type: "s", value: "process" },
    { name: "KillSignal", type: "i", value: stopSignal(manifest, config) },
    { name: "TimeoutStopUSec", type: "t", value: Math.max(microseconds(manifest.stop.grace), SHORTEST_STOP) },
    ...restartProperties(restartPolicyOf(manifest), manifest.restart),
    ...limitProperties(manifest, options.data),
    // Of the device's own devices it opens none, whatever capabilities it was given.
    { name: "DevicePolicy", type: "s", value: manifest.privileged ? "auto" : "closed" },
    { name: "StandardOutput", type: "s", value: "journal" },
    { name: "StandardError", type: "s", value: "journal" },
    { name: "SyslogIdentifier", type: "s", value: logIdentifier(manifest.name) },
    { name: "SyslogLevel", type: "i", value: 6 },
    // A workload's line is a line: one that begins with <3> says nothing to the journal.
    { name: "SyslogLevelPrefix", type: "b", value: false },
  ];
}

/** restart.policy, and a delay that doubles from `delay` to `maxDelay` (RestartSteps, systemd ≥ 254). */
function restartProperties(
  policy: ReturnType<typeof restartPolicyOf>,
  { delay, maxDelay, limit }: RestartPolicy,
): UnitProperty[] {
  const [first, longest] = [microseconds(delay), microseconds(maxDelay)];
  const steps = first > 0 && longest > first ? Math.ceil(Math.log2(longest / first)) : 0;
  return [
    { name: "Restart", type: "s", value: policy === "never" ? "no" : policy },
    { name: "RestartUSec", type: "t", value: first },
    ...(steps > 0
      ? ([
          { name: "RestartSteps", type: "u", value: steps },
          { name: "RestartMaxDelayUSec", type: "t", value: longest },
        ] as const)
      : []),
    ...(limit === undefined
      ? // Never give up by count: a device has nobody beside it to start the workload again.
        ([{ name: "StartLimitIntervalUSec", type: "t", value: 0 }] as const)
      : ([
          { name: "StartLimitIntervalUSec", type: "t", value: microseconds(limit.within) },
          { name: "StartLimitBurst", type: "u", value: limit.starts },
        ] as const)),
  ];
}

function stopSignal(manifest: Workload, config: ImageConfig): number {
  const text = manifest.stop.signal ?? (config.StopSignal || "SIGTERM");
  const number = signalNumber(text);
  if (number !== undefined) return number;
  throw new ReasonError({
    code: "start-failed",
    message: `Linux has no signal ${text}`,
    field: "stop.signal",
    value: text,
    allowed: "a signal's name, such as SIGTERM",
  });
}

function microseconds(duration: string): number {
  return millisecondsOf(duration) * 1000;
}
