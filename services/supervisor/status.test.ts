import assert from "node:assert/strict";
import { test } from "node:test";
import type { Phase } from "../model/state.ts";
import { Workload } from "../model/workload.ts";
import type { Exit, ObservedWorkload } from "./ports.ts";
import { exitCodeOf, reasonOfExit, type StatusInput, statusOf } from "./status.ts";

const manifest = Workload.parse({ name: "web", image: "nginx:1", ports: [{ host: 8080, container: 80 }] });

function unit(more: Partial<ObservedWorkload> = {}): ObservedWorkload {
  return {
    name: "web",
    instance: "web",
    role: "serving",
    fingerprint: "f",
    check: undefined,
    run: "",
    unit: "active",
    restarts: 0,
    address: "10.88.0.2",
    startedAt: "2026-01-01T00:00:00Z",
    exit: undefined,
    ...more,
  };
}

function status(more: Partial<StatusInput> = {}) {
  return statusOf({
    name: "web",
    target: { manifest, run: "running" },
    digest: undefined,
    unit: unit(),
    step: undefined,
    reason: undefined,
    health: "healthy",
    probed: "it answered with status 503",
    order: "order-0001",
    underWay: false,
    schedule: undefined,
    issuer: "alice",
    ...more,
  });
}

test("the phase follows the unit where no step is in hand", () => {
  const phases: [ObservedWorkload["unit"], Phase][] = [
    ["active", "running"],
    ["activating", "starting"],
    ["deactivating", "stopping"],
    ["restarting", "backing-off"],
    ["inactive", "exited"],
    ["failed", "failed"],
  ];
  for (const [state, phase] of phases) assert.equal(status({ unit: unit({ unit: state }) }).phase, phase);
});

test("a pull for what runs already shows it running", () => {
  assert.equal(status({ step: "pull" }).phase, "running");
  assert.equal(status({ step: "pull", unit: undefined }).phase, "pulling");
});

test("without a unit it waits, backs off after a failure, or is stopped as asked", () => {
  const reason = { code: "registry-unreachable", message: "nobody answers" };
  assert.equal(status({ unit: undefined }).phase, "pending");
  const failed = status({ unit: undefined, reason });
  assert.equal(failed.phase, "backing-off");
  assert.deepEqual(failed.reason, reason);
  assert.equal(status({ unit: undefined, target: { manifest, run: "stopped" } }).phase, "stopped");
});

test("health is told of what runs alone", () => {
  assert.equal(status().health, "healthy");
  assert.equal(status({ unit: unit({ unit: "failed" }), health: "unhealthy" }).health, "none");
});

test("an unhealthy one says what its probe heard, and one stopped for it, too", () => {
  const message = "it answered with status 503";
  assert.deepEqual(status({ health: "unhealthy" }).reason, { code: "unhealthy", message });
  const exit = { code: undefined, signal: "SIGTERM", result: "unhealthy", detail: message };
  const halted = status({ unit: unit({ unit: "failed", exit }) });
  assert.equal(halted.reason?.code, "unhealthy");
  assert.match(halted.reason?.message ?? "", /stopped.*status 503/);
});

test("who and which order made it so, and where it is, are told", () => {
  const { order, issuer, address, ports, desired, image } = status({ digest: "sha256:one" });
  assert.deepEqual(
    [order, issuer, address, desired, image],
    ["order-0001", "alice", "10.88.0.2", "running", "nginx:1"],
  );
  assert.deepEqual(ports, [{ host: 8080, container: 80, protocol: "tcp" }]);
});

test("an end is told by its cause", () => {
  const cases: [Exit | undefined, string, unknown][] = [
    [{ code: 3, signal: undefined, result: "exit-code" }, "exited", 3],
    [{ code: undefined, signal: "SIGKILL", result: "signal" }, "killed", "SIGKILL"],
    [{ code: undefined, signal: "SIGKILL", result: "oom-kill" }, "out-of-memory", undefined],
    [
      { code: 3, signal: undefined, result: "start-limit-hit", detail: "3 starts within 60 s" },
      "start-limit",
      undefined,
    ],
    [undefined, "exited", undefined],
  ];
  for (const [exit, code, value] of cases) {
    const reason = reasonOfExit(unit({ unit: "failed", exit }));
    assert.equal(reason.code, code);
    assert.equal(reason.value, value);
  }
  assert.equal(
    status({ unit: unit({ unit: "failed", exit: { code: 3, signal: undefined, result: "exit-code" } }) }).reason?.code,
    "exited",
  );
  assert.equal(status().reason, undefined);
});

test("a job that is desired and nowhere is done, one whose order is under way is not", () => {
  const job = { manifest: Workload.parse({ name: "web", image: "nginx:1", job: {} }), run: "running" } as const;
  assert.equal(status({ target: job, unit: undefined }).phase, "completed");
  assert.equal(status({ target: job, unit: undefined, underWay: true }).phase, "pending");
  const exit = { code: 0, signal: undefined, result: "success" };
  const done = status({ target: job, unit: unit({ unit: "inactive", exit }) });
  assert.equal(done.phase, "completed");
  assert.equal(done.reason, undefined);
  assert.equal(status({ unit: unit({ unit: "inactive", exit }) }).phase, "exited");
});

test("an end counts as shells count it", () => {
  const ended = (exit: Exit) => exitCodeOf(unit({ unit: "failed", exit }));
  assert.equal(ended({ code: 3, signal: undefined, result: "exit-code" }), 3);
  assert.equal(ended({ code: undefined, signal: "SIGKILL", result: "signal" }), 137);
  assert.equal(exitCodeOf(unit()), undefined);
});
