/** Settles as `promise` does, or rejects with the signal's reason as soon as it is aborted. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => {});
    throw signal.reason;
  }
  return await new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Waits `milliseconds`, or rejects with the signal's reason. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** Runs all pieces of work side by side; when one fails, stops the others, waits for them and throws the first failure. */
export async function allOrNone<T>(
  signal: AbortSignal,
  works: ReadonlyArray<(signal: AbortSignal) => Promise<T>>,
): Promise<T[]> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  let failed = false;
  let failure: unknown;
  const results = await Promise.all(
    works.map(async (work) => {
      try {
        return [await work(both)];
      } catch (error) {
        if (!failed) failure = error;
        failed = true;
        stop.abort(error);
        return [];
      }
    }),
  );
  if (failed) throw failure;
  return results.flat();
}
