/** How long ago `then` was, in the greatest fitting unit: `12s`, `5m`, `3h`, `8d`. */
export function formatAge(then: string, now: Date): string {
  return formatSpan(Math.max(0, now.getTime() - Date.parse(then)));
}

/** A span of milliseconds in its greatest fitting unit, rounded down. */
export function formatSpan(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
