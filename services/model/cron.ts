import { Cron } from "croner";
import { z } from "zod";

/** Five fields, or a nickname: croner's further forms (seconds, years, single dates, `?`) are no cron of ours. */
const FORM = /^(?:@[a-z]+|[\dA-Za-z*,/#-]+(?: +[\dA-Za-z*,/#-]+){4})$/;
/** IANA names; an offset such as +01:00 knows no summer time. */
const ZONE = /^[A-Za-z][A-Za-z0-9_+/-]*$/;

/** Times that come again: crontab(5)'s five fields, and the time zone they are read in. */
export interface CronSchedule {
  readonly cron: string;
  readonly timeZone: string;
}

/** The five fields of crontab(5) with names, ranges, lists and steps, or a nickname such as `@daily`. */
export const CronText = z
  .string()
  .refine(
    isCron,
    "minute, hour, day of month, month and day of week as crontab(5) has them, such as 30 2 * * MON-FRI, or @hourly, @daily, @weekly, @monthly or @yearly; a time that comes",
  );

/** A time zone by its IANA name. */
export const TimeZone = z.string().refine(isTimeZone, "a time zone's IANA name, such as Europe/Berlin, or UTC");

/**
 * The first time of a schedule after an instant, in milliseconds since 1970; undefined when none comes.
 *
 * Where clocks are put forward, a time that is left out is made up for right after the gap when minute and hour are numbers, ranges or
 * lists; with `*` or steps it is left out. Where clocks are put back, what has numbers for its minute and hour comes once, the
 * rest at each of the two. Source: croner's `fixedTimeRule: "no-wildcard"`, which is close to Vixie cron's.
 */
export function nextAfter({ cron, timeZone }: CronSchedule, instant: number): number | undefined {
  return cronOf(cron, timeZone).nextRun(new Date(instant))?.getTime();
}

function cronOf(cron: string, timezone: string): Cron {
  return new Cron(cron, { mode: "5-part", fixedTimeRule: "no-wildcard", paused: true, timezone });
}

function isCron(text: string): boolean {
  if (!FORM.test(text)) return false;
  try {
    return cronOf(text, "UTC").nextRun(new Date(0)) !== null;
  } catch {
    return false;
  }
}

function isTimeZone(name: string): boolean {
  if (!ZONE.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
