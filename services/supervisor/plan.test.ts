import assert from "node:assert/strict";
import { test } from "node:test";
import { Workload } from "../model/workload.ts";
import { type Observation, plan } from "./plan.ts";
import type { ObservedWorkload } from "./ports.ts";
import type { Outcome } from "./target.ts";

const manifest = Workload.parse({ name: "web", image: "nginx" });
const running: Outcome = { manifest, run: "running" };
const stopped: Outcome = { manifest, run: "stopped" };
const nothing: Observation = {
  unit: undefined,
  successor: undefined,
  retired: false,
  fingerprint: "new",
  health: "none",
  waits: false,
  run: "",
  asked: "start",
};

function unit(state: ObservedWorkload["unit"], fingerprint = "new"): ObservedWorkload {
  return {
    name: "web",
    instance: "web",
    role: "serving",
    fingerprint,
    check: undefined,
    run: "",
    unit: state,
    restarts: 0,
    address: undefined,
    startedAt: undefined,
    exit: undefined,
  };
}

function kinds(outcome: Outcome | undefined, observation: Partial<Observation>): string[] {
  return plan(outcome, { ...nothing, ...observation }).map((step) => step.kind);
}

test("from nothing: pull, start, wait", () => {
  assert.deepEqual(kinds(running, { fingerprint: undefined }), ["pull", "start", "await-ready"]);
});

test("with the image here: start, wait", () => {
  assert.deepEqual(kinds(running, {}), ["start", "await-ready"]);
});

test("what it comes after is waited for, once its image is here and before anything is stopped for it", () => {
  const waits = true;
  assert.deepEqual(kinds(running, { waits }), ["wait", "start", "await-ready"]);
  assert.deepEqual(kinds(running, { waits, unit: unit("active", "old"), fingerprint: undefined }), [
    "pull",
    "wait",
    "stop",
    "start",
    "await-ready",
  ]);
  assert.deepEqual(kinds(running, { waits, unit: unit("active") }), []);
  assert.deepEqual(kinds(stopped, { waits, unit: unit("active") }), ["stop"]);
});

test("what runs is stopped only after the new image is here", () => {
  const observation = { fingerprint: undefined, unit: unit("active", "old") };
  assert.deepEqual(kinds(running, observation), ["pull", "stop", "start", "await-ready"]);
});

test("a changed workload is stopped, then started", () => {
  assert.deepEqual(kinds(running, { unit: unit("active", "old") }), ["stop", "start", "await-ready"]);
});

test("a workload that runs as it shall is left alone", () => {
  assert.deepEqual(kinds(running, { unit: unit("active") }), []);
  assert.deepEqual(kinds(running, { unit: unit("active"), health: "healthy" }), []);
});

test("a workload that is not healthy yet is waited for", () => {
  assert.deepEqual(kinds(running, { unit: unit("active"), health: "starting" }), ["await-ready"]);
});

test("an ended process is started anew by an order only; else the restart policy has decided", () => {
  assert.deepEqual(kinds(running, { unit: unit("failed") }), ["stop", "start", "await-ready"]);
  assert.deepEqual(kinds(running, { unit: unit("failed"), asked: "nothing" }), []);
  assert.deepEqual(kinds(running, { unit: unit("inactive"), asked: "nothing" }), []);
});

test("a start that an order made is judged, whatever became of it", () => {
  for (const state of ["active", "restarting", "inactive", "failed"] as const) {
    assert.deepEqual(kinds(running, { unit: unit(state), asked: "judgement" }), ["await-ready"]);
  }
});

test("start-first: the new one is started and judged beside the old one, which goes once it was switched from", () => {
  const startFirst: Outcome = {
    manifest: Workload.parse({ ...manifest, update: { strategy: "start-first" } }),
    run: "running",
  };
  const old = unit("active", "old");
  const successor: ObservedWorkload = { ...unit("active"), instance: "web.2", role: "successor" };
  const after = ["switch-over", "dismiss"];
  assert.deepEqual(kinds(startFirst, { unit: old }), ["start-beside", "await-beside", ...after]);
  assert.deepEqual(kinds(startFirst, { unit: old, waits: true }).slice(0, 2), ["wait", "start-beside"]);
  const judged = { unit: old, successor, asked: "judgement" } as const;
  assert.deepEqual(kinds(startFirst, judged), ["await-beside", ...after]);
  assert.deepEqual(kinds(startFirst, { ...judged, asked: "nothing" }), after);
  assert.deepEqual(kinds(startFirst, { unit: unit("active"), retired: true, asked: "nothing" }), ["dismiss"]);
  // Nothing serves that could go on meanwhile, or nobody judges the new one.
  assert.deepEqual(kinds(startFirst, { unit: unit("failed", "old") }), ["stop", "start", "await-ready"]);
  assert.deepEqual(kinds(startFirst, { unit: old, asked: "nothing" }), ["stop", "start", "await-ready"]);
  assert.deepEqual(kinds(startFirst, {}), ["start", "await-ready"]);
});

test("a successor that is not what shall be goes, whatever comes then", () => {
  const successor: ObservedWorkload = { ...unit("active", "newer"), instance: "web.2", role: "successor" };
  assert.deepEqual(kinds(running, { unit: unit("active"), successor, asked: "nothing" }), ["dismiss"]);
  assert.deepEqual(kinds(running, { unit: unit("active"), successor: { ...successor, fingerprint: "new" } }), [
    "dismiss",
  ]);
  assert.deepEqual(kinds(running, { successor }), ["dismiss"]);
  assert.deepEqual(kinds(stopped, { successor }), ["stop"]);
  assert.deepEqual(kinds(undefined, { retired: true }), ["stop"]);
});

test("stopped and removed workloads are stopped once", () => {
  assert.deepEqual(kinds(stopped, { unit: unit("active") }), ["stop"]);
  assert.deepEqual(kinds(stopped, {}), []);
  assert.deepEqual(kinds("removed", { unit: unit("failed") }), ["stop"]);
  assert.deepEqual(kinds("removed", {}), []);
});

test("a unit nobody asked for is stopped", () => {
  assert.deepEqual(kinds(undefined, { unit: unit("active") }), ["stop"]);
});

test("a job runs once for its order, and its end is judged", () => {
  const first = { run: "order-1" };
  assert.deepEqual(kinds(running, first), ["start", "await-ready"]);
  for (const state of ["active", "restarting", "inactive", "failed"] as const) {
    assert.deepEqual(kinds(running, { ...first, unit: { ...unit(state), run: "order-1" } }), ["await-ready"]);
  }
  assert.deepEqual(kinds(running, { ...first, asked: "nothing", unit: { ...unit("inactive"), run: "order-1" } }), []);
});

test("a new order runs a job anew, and what still runs of it is stopped first", () => {
  const second = { run: "order-2" };
  assert.deepEqual(kinds(running, { ...second, unit: { ...unit("inactive"), run: "order-1" } }), [
    "start",
    "await-ready",
  ]);
  assert.deepEqual(kinds(running, { ...second, unit: { ...unit("active"), run: "order-1" } }), [
    "stop",
    "start",
    "await-ready",
  ]);
});

test("a job that is done is not started, whatever is left of it", () => {
  const done = { run: undefined, asked: "nothing" } as const;
  assert.deepEqual(kinds(running, done), []);
  assert.deepEqual(kinds(running, { ...done, unit: { ...unit("inactive"), run: "order-1" } }), []);
  assert.deepEqual(kinds(running, { ...done, fingerprint: undefined }), []);
});
