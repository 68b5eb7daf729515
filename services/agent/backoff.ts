import type { BackoffSettings } from "../async/backoff.ts";

/** Reaching a broker again: 1 s to 60 s. */
export const RECONNECT: BackoffSettings = { first: 1_000, most: 60_000 };

/** Asking the supervisor again: it is on the same device, where trying costs little and waiting helps nobody. */
export const ASK_AGAIN: BackoffSettings = { first: 250, most: 5_000 };
