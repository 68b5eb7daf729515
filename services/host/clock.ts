import type { Clock } from "../supervisor/ports.ts";
import { isThere } from "./files.ts";

/** The system's clock. It may jump while the device runs, most of all once after boot when the time is first known. */
export const systemClock: Clock = { now: () => new Date() };

/** Whether systemd-timesyncd has set the clock since the boot. Source: systemd-timesyncd.service(8). */
export function clockSynchronized(): Promise<boolean> {
  return isThere("/run/systemd/timesync/synchronized");
}
