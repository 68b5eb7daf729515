import { ReasonError } from "../model/reason.ts";
import { pause } from "./abort.ts";
import { RetryLater } from "./refusal.ts";

/** Longest wait a registry may ask for inside one pull; beyond it the pull fails and whoever ordered it decides. */
const LONGEST_WAIT = 120_000;

/** Waits between tries, in milliseconds; their number bounds the tries. */
export type RetryDelays = readonly number[];

/** Three tries after the first. */
export const DEFAULT_RETRY_DELAYS: RetryDelays = [500, 2_000, 5_000];

/**
 * Waits before try number `tries` + 1 after `error`, or throws it: when it is not transient, when the tries are used
 * up, or when the registry wants a longer pause than a pull should hang. Delays vary by a quarter, so that many
 * devices do not come back at once.
 */
export async function waitToRetry(
  error: unknown,
  tries: number,
  options: { delays: RetryDelays; signal: AbortSignal },
): Promise<void> {
  options.signal.throwIfAborted();
  const delay = options.delays[tries];
  if (delay === undefined || !(error instanceof ReasonError) || !error.transient) throw error;
  const asked = error instanceof RetryLater ? error.afterMilliseconds : 0;
  if (asked > LONGEST_WAIT) throw error;
  await pause(Math.max(asked, delay * (0.75 + Math.random() / 2)), options.signal);
}

/** Runs `work`, again while it fails for a reason that may pass. */
export async function retrying<T>(
  work: () => Promise<T>,
  options: { delays: RetryDelays; signal: AbortSignal },
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      await waitToRetry(error, tries, options);
    }
  }
}
