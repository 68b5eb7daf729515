import type { LogLine } from "../model/log-line.ts";
import { renew, requireOnline, throwIfRefused, watchOrder } from "./asking.ts";
import type { Fleet } from "./fleet.ts";
import { LiveQueue } from "./live-queue.ts";
import { LogMerge } from "./log-merge.ts";

/** A device publishes new lines for so long, in seconds, unless it is asked again. */
const LEASE_SECONDS = 120;
const RENEWAL = 80_000;

/**
 * What a workload of a device writes: the device is asked by signed orders of kind `logs`, again and again while somebody
 * listens, and publishes the lines. Throws `device-unreachable` (transient) when it is not connected, and the reason with
 * which it refused.
 */
export async function* listenToLogs(
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
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const queue = new LiveQueue<LogLine>(either, 20_000);
  const order = crypto.randomUUID();
  const merge = new LogMerge(order);
  const end = fleet.hub.listen(device, (saying) => {
    if (saying.kind !== "logs" || saying.batch.workload !== workload) return;
    for (const line of merge.take(saying.batch)) {
      // Lines that others asked for are heard, too.
      if (since === undefined || Date.parse(line.at) >= Date.parse(since)) queue.push(line);
    }
    if (!follow && merge.tailComplete) queue.end();
  });
  const ask = (id: string, lines: number) =>
    fleet.give(
      device,
      {
        id,
        action: {
          kind: "logs",
          workload,
          tail: lines,
          ...(since === undefined ? {} : { since }),
          seconds: follow ? LEASE_SECONDS : 0,
        },
      },
      issuer,
    );
  try {
    requireOnline(fleet, device);
    throwIfRefused(await ask(order, tail), device);
    const watching = watchOrder(fleet, { device, order }, queue, either);
    const renewing = follow ? renew(() => ask(crypto.randomUUID(), 0), RENEWAL, queue, either) : undefined;
    yield* queue;
    ending.abort();
    await Promise.all([watching, renewing]);
  } finally {
    ending.abort();
    end();
  }
}
