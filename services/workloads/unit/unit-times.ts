import type { UnitProperty } from "../../host/systemd-property.ts";
import type { ImageConfig } from "../../model/image.ts";
import { millisecondsOf } from "../../model/quantity.ts";
import { ReasonError } from "../../model/reason.ts";
import { signalNumber } from "../../model/signal.ts";
import { restartPolicyOf } from "../../model/workload/restart.ts";
import type { Workload } from "../../model/workload.ts";

const SECOND = 1_000_000;
/**
 * systemd's time to stop is also that of the end script, and 0 means no limit: never less than this. The engine kills
 * earlier where the grace is shorter.
 */
const SHORTEST_STOP = 10 * SECOND;

/** restart.policy, and a delay that doubles from `delay` to `maxDelay` (RestartSteps, systemd ≥ 254). */
export function restartProperties(manifest: Workload): UnitProperty[] {
  const policy = restartPolicyOf(manifest);
  const { delay, maxDelay, limit } = manifest.restart;
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

/** How long a stop may take. */
export function stopProperties({ stop }: Workload): UnitProperty[] {
  return [{ name: "TimeoutStopUSec", type: "t", value: Math.max(microseconds(stop.grace), SHORTEST_STOP) }];
}

/**
 * The number of the signal that asks a workload to stop: the manifest's, the image's, or SIGTERM.
 *
 * @throws ReasonError `start-failed` for one Linux does not know
 */
export function stopSignalOf(manifest: Workload, config: ImageConfig): number {
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
