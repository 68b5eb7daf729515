import { sleep } from "./sleep.ts";

/** Before a loop that failed is begun anew, in milliseconds. */
const PAUSE = 1_000;

/** Keeps a loop going that is to run until `signal` aborts, whatever fails in it. */
export async function keepOn(
  signal: AbortSignal,
  loop: (signal: AbortSignal) => Promise<void>,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    await loop(signal).catch(onError);
    await sleep(PAUSE, signal);
  }
}
