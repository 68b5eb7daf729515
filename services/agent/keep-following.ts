import { backoffMilliseconds } from "../async/backoff.ts";
import { sleep } from "../async/sleep.ts";
import type { Log } from "../host/log.ts";
import { reasonOf } from "../model/reason.ts";
import { ASK_AGAIN } from "./backoff.ts";

/**
 * Follows a stream, and opens it again when it ends or fails, with back-off while nothing comes of it, until `signal`
 * aborts. Failures are logged once until the stream works again.
 *
 * @param follow follows the stream to its end and calls `worked` whenever something came
 */
export async function keepFollowing(
  what: string,
  follow: (worked: () => void) => Promise<void>,
  options: { random(): number; log: Log; signal: AbortSignal },
): Promise<void> {
  const { random, log, signal } = options;
  let attempt = 0;
  while (!signal.aborted) {
    try {
      await follow(() => {
        if (attempt > 0) log.info(`${what} can be followed again`);
        attempt = 0;
      });
    } catch (error) {
      if (attempt === 0 && !signal.aborted)
        log.warning(`${what} cannot be followed`, { reason: reasonOf(error).message });
    }
    attempt++;
    await sleep(backoffMilliseconds(attempt, ASK_AGAIN, random), signal);
  }
}
