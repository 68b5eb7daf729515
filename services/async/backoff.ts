/** How long to wait between tries. */
export interface BackoffSettings {
  /** Upper bound of the first wait, in milliseconds. */
  readonly first: number;
  /** Upper bound of every wait, in milliseconds. */
  readonly most: number;
}

/**
 * Milliseconds to wait before try number `attempt` (1 is the first repetition): a bound that doubles from `first` to `most`,
 * or, where `random` is given, anything from 0 to that bound. Such full jitter keeps many that lost the same thing from
 * coming back all at once.
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param random gives numbers from 0 up to, not including, 1
 */
export function backoffMilliseconds(attempt: number, settings: BackoffSettings, random?: () => number): number {
  const exponent = Math.min(Math.max(0, attempt - 1), 30);
  const bound = Math.min(settings.most, settings.first * 2 ** exponent);
  return random === undefined ? bound : Math.round(random() * bound);
}
