import type { Clock } from "../supervisor/ports.ts";

/** The system's clock. It may jump while the device runs, most of all once after boot when the time is first known. */
export const systemClock: Clock = { now: () => new Date() };
