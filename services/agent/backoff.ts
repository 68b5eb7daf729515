/** How long to wait before trying again. */
export interface BackoffSettings {
  /** Upper bound of the first wait, in milliseconds. */
  readonly first: number;
  /** Upper bound of every wait, in milliseconds. */
  readonly most: number;
}

/** Reaching a broker again: 1 s to 60 s. */
export const RECONNECT: BackoffSettings = { first: 1_000, most: 60_000 };

/** Asking the supervisor again: it is on the same device, where trying costs little and waiting helps nobody. */
export const ASK_AGAIN: BackoffSettings = { first: 250, most: 5_000 };

/**
 * Milliseconds to wait before try number `attempt` (1 is the first repetition): anything from 0 to a bound that doubles.
 * Full jitter keeps a fleet that lost its broker from coming back all at once.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param random gives numbers from 0 up to, not including, 1
 */
export function backoffMilliseconds(attempt: number, settings: BackoffSettings, random: () => number): number {
  const exponent = Math.min(Math.max(0, attempt - 1), 30);
  return Math.round(random() * Math.min(settings.most, settings.first * 2 ** exponent));
}
