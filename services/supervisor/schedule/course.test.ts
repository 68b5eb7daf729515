import assert from "node:assert/strict";
import { test } from "node:test";
import type { ObservedWorkload } from "../ports.ts";
import { courseOf } from "./course.ts";

const DUE = "2026-05-10T03:00:00.000Z";
const run = { due: DUE, started: true, again: false };

function unit(state: ObservedWorkload["unit"], more: Partial<ObservedWorkload> = {}): ObservedWorkload {
  return {
    name: "job",
    instance: "job",
    role: "serving",
    fingerprint: "",
    check: undefined,
    run: DUE,
    unit: state,
    restarts: 0,
    address: undefined,
    address6: undefined,
    startedAt: undefined,
    exit: undefined,
    ...more,
  };
}

test("a run has started once its process is seen, and that is told once", () => {
  assert.deepEqual(courseOf({ ...run, started: false }, unit("active"), false), { kind: "started" });
  assert.deepEqual(courseOf(run, unit("active"), false), { kind: "unchanged" });
});

test("a run has ended as its process did", () => {
  const exit = (code: number) => ({ code, signal: undefined, result: code === 0 ? "success" : "exit-code" });
  assert.deepEqual(courseOf(run, unit("inactive", { exit: exit(0) }), false), {
    kind: "ended",
    last: { due: DUE, outcome: "completed", exitCode: 0 },
  });
  assert.deepEqual(courseOf(run, unit("failed", { exit: exit(3) }), false), {
    kind: "ended",
    last: { due: DUE, outcome: "failed", exitCode: 3 },
  });
});

test("a run whose process is not there has not started yet, or is gone, unless something is being done about it", () => {
  assert.deepEqual(courseOf({ ...run, started: false }, undefined, false), { kind: "unchanged" });
  assert.deepEqual(courseOf(run, undefined, true), { kind: "unchanged" });
  assert.deepEqual(courseOf(run, undefined, false), { kind: "gone" });
  assert.deepEqual(courseOf(run, unit("active", { run: "another" }), false), { kind: "gone" });
});
