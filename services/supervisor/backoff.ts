/** How long to wait before try number `attempt` (1 is the first repetition): doubling from `first` to `most`. */
export function backoffMilliseconds(attempt: number, first: number, most: number): number {
  return Math.min(most, first * 2 ** Math.max(0, attempt - 1));
}
