import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePattern, parseSince } from "./line-filter.ts";

const now = new Date("2026-01-01T12:00:00Z");

test("since is a time, in whatever zone, or how long ago", () => {
  assert.equal(parseSince("10m", now), "2026-01-01T11:50:00.000Z");
  assert.equal(parseSince("2026-01-01T12:00:00+02:00", now), "2026-01-01T10:00:00.000Z");
  assert.equal(parseSince(undefined, now), undefined);
  for (const wrong of ["yesterday", "10", "2026-13-01T00:00:00Z"])
    assert.throws(() => parseSince(wrong, now), /no time/);
});

test("a pattern that is none is the command line's mistake", () => {
  assert.ok(parsePattern("^a.c$")?.test("abc"));
  assert.throws(() => parsePattern("("), /no regular expression/);
});
