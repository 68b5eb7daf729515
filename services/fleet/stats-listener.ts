import type { Stats } from "../model/stats.ts";
import { listenWhileAsked } from "./asking.ts";
import type { Fleet } from "./fleet.ts";

/** A device publishes samples for so long, in seconds, unless it is asked again. */
const LEASE_SECONDS = 300;
const RENEWAL = 200_000;
/** Samples that wait for a slow listener; the oldest go. */
const MOST_WAITING = 16;

/**
 * What the workloads of a device use, which it publishes samples of while orders of kind `stats` ask for them. Throws as
 * `listenWhileAsked` does.
 */
export function listenToStats(
  fleet: Fleet,
  request: { device: string; interval: number; follow: boolean; issuer: string },
  signal: AbortSignal,
): AsyncGenerator<Stats> {
  const { device, interval, follow, issuer } = request;
  const order = crypto.randomUUID();
  let last = Number.NEGATIVE_INFINITY;
  return listenWhileAsked<Stats>(
    fleet,
    {
      device,
      issuer,
      order,
      mostWaiting: MOST_WAITING,
      renewal: follow ? RENEWAL : undefined,
      action: () => ({ kind: "stats", interval, seconds: follow ? LEASE_SECONDS : 0 }),
      hear(saying, queue) {
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
      },
    },
    signal,
  );
}
