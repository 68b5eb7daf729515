import type { LogLine } from "../model/log-line.ts";
import { listenWhileAsked } from "./asking.ts";
import type { Fleet } from "./fleet.ts";
import { LogMerge } from "./log-merge.ts";

/** A device publishes new lines for so long, in seconds, unless it is asked again. */
const LEASE_SECONDS = 120;
const RENEWAL = 80_000;
/** Lines that wait for a slow listener; the oldest go. */
const MOST_WAITING = 20_000;

/**
 * What a workload of a device writes, whose lines it publishes while orders of kind `logs` ask for them. Throws as
 * `listenWhileAsked` does.
 */
export function listenToLogs(
  fleet: Fleet,
  request: {
    device: string;
    workload: string;
    tail: number;
    since?: string | undefined;
    follow: boolean;
    issuer: string;
  },
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const { device, workload, tail, since, follow, issuer } = request;
  const order = crypto.randomUUID();
  const merge = new LogMerge(order);
  return listenWhileAsked<LogLine>(
    fleet,
    {
      device,
      issuer,
      order,
      mostWaiting: MOST_WAITING,
      renewal: follow ? RENEWAL : undefined,
      action: (first) => ({
        kind: "logs",
        workload,
        tail: first ? tail : 0,
        ...(since === undefined ? {} : { since }),
        seconds: follow ? LEASE_SECONDS : 0,
      }),
      hear(saying, queue) {
        if (saying.kind !== "logs" || saying.batch.workload !== workload) return;
        for (const line of merge.take(saying.batch)) {
          // Lines that others asked for are heard, too.
          if (since === undefined || Date.parse(line.at) >= Date.parse(since)) queue.push(line);
        }
        if (!follow && merge.tailComplete) queue.end();
      },
    },
    signal,
  );
}
