/** Something did not happen in time. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
}

/** Waits for `milliseconds`. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Asks `probe` again and again until it answers something other than undefined or false. Errors
 * count as "not yet"; the last one is told if time runs out.
 */
export async function waitFor<T>(
  what: string,
  timeout: number,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  interval = 100,
): Promise<T> {
  const deadline = performance.now() + timeout;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    await delay(interval);
  }
  const why = last instanceof Error ? `: ${last.message}` : "";
  throw new TimeoutError(`${what}: not within ${timeout / 1000} s${why}`);
}

/** `promise`, or a {@link TimeoutError} when it takes longer. */
export async function within<T>(what: string, timeout: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TimeoutError(`${what}: not within ${timeout / 1000} s`));
    }, timeout);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
