import type { Notifier } from "../supervisor/ports.ts";

/** What the watchdog asks and tells. */
export interface WatchdogOptions {
  readonly notifier: Pick<Notifier, "keepAlive">;
  /** Whether the service does its work, tried for real; false or an error both mean no. */
  check(): Promise<boolean> | boolean;
  /** Hears of each check that failed; the service manager ends the service if they go on. */
  onFailure(error: unknown): void;
  readonly environment?: Record<string, string | undefined>;
  /** Calls back once after some milliseconds; gives the function that calls it off. */
  readonly schedule?: (work: () => void, milliseconds: number) => () => void;
}

/**
 * How often the service manager wants to be told, in milliseconds: a third of $WATCHDOG_USEC, so that one late or lost
 * message does no harm. Undefined where it does not watch this process. Source: sd_watchdog_enabled(3).
 */
export function watchdogInterval(environment: Record<string, string | undefined>, pid: number): number | undefined {
  const { WATCHDOG_USEC: period = "", WATCHDOG_PID: watched } = environment;
  if (!/^[1-9][0-9]*$/.test(period)) return undefined;
  if (watched !== undefined && watched !== String(pid)) return undefined;
  return Number(period) / 1000 / 3;
}

/**
 * Keeps telling the service manager that the service is alive, each time only after `check` said so. A check that hangs
 * is not started anew, so nothing more is told. Gives the function that ends this.
 */
export function startWatchdog(options: WatchdogOptions): () => void {
  const { notifier, check, onFailure, environment = process.env, schedule = scheduleOnce } = options;
  const interval = watchdogInterval(environment, process.pid);
  if (interval === undefined) return () => undefined;
  let ended = false;
  let cancel = () => {};
  const beat = async () => {
    try {
      if (await check()) {
        if (!ended) notifier.keepAlive();
      } else {
        onFailure(new Error("the watchdog's check found the service not working"));
      }
    } catch (error) {
      onFailure(error);
    }
    if (!ended) cancel = schedule(beat, interval);
  };
  cancel = schedule(beat, interval);
  return () => {
    ended = true;
    cancel();
  };
}

function scheduleOnce(work: () => void, milliseconds: number): () => void {
  const timer = setTimeout(work, milliseconds);
  return () => clearTimeout(timer);
}
