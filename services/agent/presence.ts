import type { ApiClient } from "../api/client.ts";
import { backoffMilliseconds } from "../async/backoff.ts";
import { sleep } from "../async/sleep.ts";
import type { Presence } from "../model/device.ts";
import type { Clock } from "../supervisor/ports.ts";
import { ASK_AGAIN } from "./backoff.ts";
import type { Delivery, OutgoingMessage } from "./broker-connection.ts";
import { MESSAGES } from "./messages.ts";
import { topicOf } from "./topics.ts";

/** That the device is not connected: the will, and the last words before leaving. */
export function offline(device: string, at: Date): OutgoingMessage {
  return message(device, { device, online: false, at: at.toISOString() });
}

/**
 * Says that the device is connected and what it is. While the supervisor cannot tell, only the first is said, and the
 * rest follows when it can. Settles then, or when `signal` aborts.
 */
export async function announce(
  device: string,
  options: {
    supervisor: Pick<ApiClient, "call">;
    publish(message: OutgoingMessage): Promise<Delivery>;
    clock: Clock;
    random(): number;
    signal: AbortSignal;
  },
): Promise<void> {
  const { supervisor, publish, clock, random, signal } = options;
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      const about = await supervisor.call("getDevice", {
        signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
      });
      const { bootId, publicKey, version } = about;
      const at = clock.now().toISOString();
      await publish(message(device, { device, online: true, at, bootId, publicKey, version, about }));
      return;
    } catch {
      if (attempt === 1) {
        const presence = message(device, { device, online: true, at: clock.now().toISOString() });
        await publish(presence).catch(() => undefined);
      }
    }
    await sleep(backoffMilliseconds(attempt, ASK_AGAIN, random), signal);
  }
}

function message(device: string, presence: Presence): OutgoingMessage {
  return { topic: topicOf(device, "presence"), payload: JSON.stringify(presence), ...MESSAGES.presence };
}
