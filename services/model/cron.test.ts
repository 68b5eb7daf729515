import assert from "node:assert/strict";
import { test } from "node:test";
import { CronText, nextAfter, TimeZone } from "./cron.ts";

/** The next `count` times, as UTC. */
function times(cron: string, timeZone: string, after: string, count: number): string[] {
  const found: string[] = [];
  let instant: number | undefined = Date.parse(after);
  while (found.length < count) {
    instant = nextAfter({ cron, timeZone }, instant);
    assert(instant !== undefined);
    found.push(new Date(instant).toISOString().replace(":00.000Z", "Z"));
  }
  return found;
}

test("the five fields take numbers, ranges, lists, steps and names", () => {
  const after = "2026-01-01T00:00:00Z";
  assert.deepEqual(times("*/20 * * * *", "UTC", after, 3), [
    "2026-01-01T00:20Z",
    "2026-01-01T00:40Z",
    "2026-01-01T01:00Z",
  ]);
  assert.deepEqual(times("5,35 8-9 * * *", "UTC", after, 5), [
    "2026-01-01T08:05Z",
    "2026-01-01T08:35Z",
    "2026-01-01T09:05Z",
    "2026-01-01T09:35Z",
    "2026-01-02T08:05Z",
  ]);
  // The 1st of January 2026 is a Thursday.
  assert.deepEqual(times("0 9 * JAN-MAR MON-FRI", "UTC", "2026-01-02T09:00:00Z", 2), [
    "2026-01-05T09:00Z",
    "2026-01-06T09:00Z",
  ]);
  assert.deepEqual(times("0 0 * * 7", "UTC", after, 1), times("0 0 * * sun", "UTC", after, 1));
});

test("with both days given either will do, as crontab(5) says", () => {
  assert.deepEqual(times("0 0 13 * FRI", "UTC", "2026-01-09T00:00:00Z", 3), [
    "2026-01-13T00:00Z",
    "2026-01-16T00:00Z",
    "2026-01-23T00:00Z",
  ]);
});

test("nicknames are what crontab(5) says", () => {
  const next = (cron: string) => times(cron, "UTC", "2026-02-03T04:05:00Z", 1)[0];
  assert.equal(next("@hourly"), "2026-02-03T05:00Z");
  assert.equal(next("@daily"), "2026-02-04T00:00Z");
  assert.equal(next("@weekly"), "2026-02-08T00:00Z");
  assert.equal(next("@monthly"), "2026-03-01T00:00Z");
  assert.equal(next("@yearly"), "2027-01-01T00:00Z");
});

test("leap days come in leap years, months have their lengths", () => {
  assert.deepEqual(times("0 12 29 2 *", "UTC", "2026-01-01T00:00:00Z", 2), ["2028-02-29T12:00Z", "2032-02-29T12:00Z"]);
  assert.deepEqual(times("0 0 31 * *", "UTC", "2026-01-31T00:00:00Z", 3), [
    "2026-03-31T00:00Z",
    "2026-05-31T00:00Z",
    "2026-07-31T00:00Z",
  ]);
});

test("times are those of the time zone, in winter and summer", () => {
  assert.deepEqual(times("0 6 * * *", "Europe/Berlin", "2026-01-01T00:00:00Z", 1), ["2026-01-01T05:00Z"]);
  assert.deepEqual(times("0 6 * * *", "Europe/Berlin", "2026-07-01T00:00:00Z", 1), ["2026-07-01T04:00Z"]);
  assert.deepEqual(times("0 6 * * *", "Asia/Kolkata", "2026-07-01T00:00:00Z", 1), ["2026-07-01T00:30Z"]);
});

test("in the night that clocks are put forward a fixed time is not lost, and comes once", () => {
  // On the 29th of March 2026 there is no 02:30 in Berlin: 02:00 is 03:00, which is 01:00 UTC.
  assert.deepEqual(times("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3), [
    "2026-03-28T01:30Z",
    "2026-03-29T01:00Z",
    "2026-03-30T00:30Z",
  ]);
  assert.deepEqual(times("15,45 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2), [
    "2026-03-29T01:00Z",
    "2026-03-30T00:15Z",
  ]);
});

test("in the night that clocks are put back a fixed time comes once", () => {
  // On the 25th of October 2026 there are two 02:30 in Berlin: 00:30 and 01:30 UTC.
  assert.deepEqual(times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2), [
    "2026-10-25T00:30Z",
    "2026-10-26T01:30Z",
  ]);
});

test("what comes every hour comes every hour in both nights", () => {
  assert.deepEqual(times("30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 3), [
    "2026-03-29T00:30Z",
    "2026-03-29T01:30Z",
    "2026-03-29T02:30Z",
  ]);
  assert.deepEqual(times("30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 3), [
    "2026-10-25T00:30Z",
    "2026-10-25T01:30Z",
    "2026-10-25T02:30Z",
  ]);
});

test("the time itself is not after itself", () => {
  assert.deepEqual(times("0 3 * * *", "UTC", "2026-01-01T03:00:00Z", 1), ["2026-01-02T03:00Z"]);
  assert.deepEqual(times("0 3 * * *", "UTC", "2026-01-01T02:59:59.999Z", 1), ["2026-01-01T03:00Z"]);
});

test("what is no cron, or a time that never comes, is refused", () => {
  for (const text of [
    "",
    "* * * *",
    "* * * * * *",
    "61 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * * 13 *",
    "* * * * 8",
    "5-1 * * * *",
    "*/0 * * * *",
    "? * * * *",
    "0 0 30 2 *",
    "@never",
    "@reboot",
    "2026-01-01T00:00:00",
    "every day",
  ]) {
    assert.equal(CronText.safeParse(text).success, false, text);
  }
  for (const text of ["* * * * *", "0  5 * * *", "@daily", "0 0 29 FEB *", "0 0 L * *", "0 9 * * MON#1"]) {
    assert.equal(CronText.safeParse(text).success, true, text);
  }
});

test("a time zone is one by its name", () => {
  for (const name of ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"]) {
    assert.equal(TimeZone.safeParse(name).success, true, name);
  }
  for (const name of ["", "Berlin", "+01:00", "Europe/Nowhere"]) {
    assert.equal(TimeZone.safeParse(name).success, false, name);
  }
});
