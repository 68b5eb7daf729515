import type { Stats } from "../model/stats.ts";
import { renew, requireOnline, throwIfRefused, watchOrder } from "./asking.ts";
import type { Fleet } from "./fleet.ts";
import { LiveQueue } from "./live-queue.ts";

/** A device publishes samples for so long, in seconds, unless it is asked again. */
const LEASE_SECONDS = 300;
const RENEWAL = 200_000;
/** Samples that wait for a slow listener; the oldest go. */
const MOST_WAITING = 16;

/**
 * What the workloads of a device use: the device is asked by signed orders of kind `stats`, again and again while somebody
 * listens, and publishes samples. Throws as `listenToLogs` does.
 */
export async function* listenToStats(
  fleet: Fleet,
  request: { device: string; interval: number; follow: boolean; issuer: string },
  signal: AbortSignal,
): AsyncGenerator<Stats> {
  const { device, interval, follow, issuer } = request;
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const queue = new LiveQueue<Stats>(either, MOST_WAITING);
  const order = crypto.randomUUID();
  let last = Number.NEGATIVE_INFINITY;
  const end = fleet.hub.listen(device, (saying) => {
    if (saying.kind !== "stats") return;
    if (!follow) {
      if (saying.order !== order) return;
      queue.push(saying.stats);
      queue.end();
      return;
    }
    // Others may have asked for more.
    const at = Date.parse(saying.stats.at);
    if (saying.order !== undefined || Math.abs(at - last) < interval * 750) return;
    last = at;
    queue.push(saying.stats);
  });
  const ask = (id: string) =>
    fleet.give(device, { id, action: { kind: "stats", interval, seconds: follow ? LEASE_SECONDS : 0 } }, issuer);
  try {
    requireOnline(fleet, device);
    throwIfRefused(await ask(order), device);
    const watching = watchOrder(fleet, { device, order }, queue, either);
    const renewing = follow ? renew(() => ask(crypto.randomUUID()), RENEWAL, queue, either) : undefined;
    yield* queue;
    ending.abort();
    await Promise.all([watching, renewing]);
  } finally {
    ending.abort();
    end();
  }
}
