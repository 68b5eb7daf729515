/**
 * Runs `work` whenever the page can be seen, until `signal` aborts: what costs the device something goes on for nobody. `work` ends
 * when the signal it is given aborts.
 */
export async function whileShown(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const changing = new AbortController();
    const either = AbortSignal.any([signal, changing.signal]);
    const changed = new Promise<void>((resolve) => {
      either.addEventListener("abort", () => resolve(), { once: true });
    });
    document.addEventListener("visibilitychange", () => changing.abort(), { once: true, signal });
    if (document.visibilityState === "visible") await work(either);
    await changed;
  }
}
