import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogLine } from "../model/log-line.ts";
import { ReasonError } from "../model/reason.ts";
import { followJobOutput, type LogSource } from "./job-output.ts";

const line = (second: number, message: string): LogLine => ({
  at: `2026-01-01T00:00:0${second}.000Z`,
  stream: "stdout",
  message,
});

/** A log that is read as `readings` say, one after another; the last one is what is asked for at the end. */
function log(...readings: (LogLine[] | "fails")[]): LogSource {
  return async function* () {
    const reading = readings.length > 1 ? readings.shift() : readings[0];
    if (reading === "fails") throw new ReasonError({ code: "unreachable", message: "away" }, { transient: true });
    yield* reading ?? [];
  };
}

async function printed(source: LogSource): Promise<string[]> {
  const found: string[] = [];
  const job = { since: "2026-01-01T00:00:01.000Z", ended: Promise.resolve() };
  await followJobOutput(source, job, ({ message }) => found.push(message), new AbortController().signal);
  return found;
}

test("each line comes once, also equal ones, and what was written before does not", async () => {
  const all = [line(0, "before"), line(1, "same"), line(1, "same"), line(2, "end")];
  assert.deepEqual(await printed(log(all, all)), ["same", "same", "end"]);
});

test("what was not heard comes at the end", async () => {
  const all = [line(1, "one"), line(2, "two"), line(3, "three")];
  assert.deepEqual(await printed(log([line(2, "two")], all)), ["two", "one", "three"]);
});

test("a connection that is lost loses no line", async () => {
  const all = [line(1, "one"), line(2, "two")];
  assert.deepEqual(await printed(log("fails", all)), ["one", "two"]);
});
