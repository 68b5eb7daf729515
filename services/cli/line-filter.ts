import { Duration, millisecondsOf } from "../model/quantity.ts";
import { usageError } from "./usage-error.ts";

/** The time `--since` means: an RFC 3339 time, or a span of time before `now`. */
export function parseSince(text: string | undefined, now: Date): string | undefined {
  if (text === undefined) return undefined;
  const span = Duration.safeParse(text);
  if (span.success) return new Date(now.getTime() - millisecondsOf(span.data)).toISOString();
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) {
    const time = new Date(text);
    if (!Number.isNaN(time.getTime())) return time.toISOString();
  }
  throw usageError(`--since ${JSON.stringify(text)} is no time`, "2026-01-31T12:00:00Z, or how long ago, such as 10m");
}

/** What `--grep` looks for. */
export function parsePattern(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text, "u");
  } catch {
    throw usageError(`--grep ${JSON.stringify(text)} is no regular expression`);
  }
}
