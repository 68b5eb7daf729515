import assert from "node:assert/strict";
import { test } from "node:test";
import { type Findings, observedOf, parseExit, unhealthyExit, wasKilled } from "./observation.ts";
import type { WorkloadRecord } from "./record.ts";

const record: WorkloadRecord = {
  name: "web",
  instance: "web",
  generation: 1,
  serving: true,
  fingerprint: "abc",
  run: "at-noon",
  network: { mode: "bridge", addresses: { v4: "10.88.0.9", v6: "fd12:3456:789a::a58:9" }, hosts: {} },
  grace: 10_000,
  ports: [],
  volumes: [],
  layers: [],
  stopSignal: 15,
  unit: [],
  helperTasks: 4,
};
const unit = (activeState: string, subState: string) => ({
  name: "berth-workload-web.service",
  loadState: "loaded",
  activeState,
  subState,
});
const observe = (findings: Partial<Findings>) =>
  observedOf({
    instance: "web",
    role: "serving",
    unit: undefined,
    restarts: 0,
    activeSince: 0,
    record,
    exit: undefined,
    ...findings,
  });

test("a running workload is active under the fingerprint it was started with", () => {
  const seen = observe({ unit: unit("active", "running"), activeSince: 1_763_856_000_000_000, restarts: 2 });
  assert.deepEqual(seen, {
    name: "web",
    instance: "web",
    role: "serving",
    fingerprint: "abc",
    check: undefined,
    run: "at-noon",
    unit: "active",
    restarts: 2,
    address: "10.88.0.9",
    address6: "fd12:3456:789a::a58:9",
    startedAt: "2025-11-23T00:00:00.000Z",
    exit: undefined,
  });
});

test("between two tries it is restarting, with the reason of its end", () => {
  const exit = { code: 3, signal: undefined, result: "exit-code" };
  const seen = observe({ unit: unit("activating", "auto-restart"), exit });
  assert.equal(seen.unit, "restarting");
  assert.deepEqual(seen.exit, exit);
  assert.equal(observe({ unit: unit("activating", "start-post") }).unit, "activating");
});

test("a running workload shows no earlier end", () => {
  const seen = observe({ unit: unit("active", "running"), exit: parseExit("signal killed KILL") });
  assert.equal(seen.exit, undefined);
});

test("one that was ended for its health says so, and what the check heard", () => {
  const exit = parseExit("success killed TERM\n");
  assert(exit !== undefined);
  const seen = observe({ exit: unhealthyExit(exit, "status 503") });
  assert.equal(seen.unit, "failed");
  assert.deepEqual(seen.exit, { code: undefined, signal: "SIGTERM", result: "unhealthy", detail: "status 503" });
});

test("one that ended well stays known after systemd forgot it", () => {
  const seen = observe({ exit: parseExit("success exited 0\n") });
  assert.equal(seen.unit, "inactive");
  assert.equal(seen.fingerprint, "abc");
  assert.equal(seen.exit?.code, 0);
});

test("one that was prepared but never ran matches no fingerprint", () => {
  assert.equal(observe({}).fingerprint, "");
  assert.equal(observe({}).unit, "inactive");
  assert.equal(observe({}).run, "");
});

test("a unit whose record is lost is left behind, not adopted", () => {
  assert.equal(observe({ unit: unit("active", "running"), record: undefined }).fingerprint, "");
});

test("reads how a process ended", () => {
  assert.deepEqual(parseExit("exit-code exited 127\n"), { code: 127, signal: undefined, result: "exit-code" });
  assert.deepEqual(parseExit("oom-kill killed KILL\n"), { code: undefined, signal: "SIGKILL", result: "oom-kill" });
  assert.deepEqual(parseExit("exit-code  \n"), { code: undefined, signal: undefined, result: "exit-code" });
  assert.equal(parseExit(""), undefined);
});

test("one that was asked by another signal and ended by SIGKILL was killed", () => {
  assert.equal(wasKilled(parseExit("signal killed KILL"), 15), true);
  assert.equal(wasKilled(parseExit("timeout killed KILL"), 15), true);
  assert.equal(wasKilled(parseExit("signal killed KILL"), 9), false);
  assert.equal(wasKilled(parseExit("success killed TERM"), 15), false);
  assert.equal(wasKilled(parseExit("oom-kill killed KILL"), 15), false);
  assert.equal(wasKilled(undefined, 15), false);
});

test("one that systemd gave up restarting reached its start limit", () => {
  const properties = [
    { name: "Restart", type: "s", value: "on-failure" },
    { name: "StartLimitBurst", type: "u", value: 3 },
    { name: "StartLimitIntervalUSec", type: "t", value: 60_000_000 },
  ] as const;
  const limited = { ...record, unit: properties };
  const failed = { unit: unit("failed", "failed"), exit: parseExit("exit-code exited 3"), restarts: 2 };
  const exit = observe({ ...failed, record: limited }).exit;
  assert.equal(exit?.result, "start-limit-hit");
  assert.equal(exit.code, 3);
  assert.equal(exit.detail, "3 starts within 60 s");
  assert.equal(observe({ ...failed, record: limited, restarts: 0 }).exit?.result, "exit-code");
  assert.equal(observe(failed).exit?.result, "exit-code");
});

test("reads how much memory it used of how much", () => {
  assert.deepEqual(parseExit("oom-kill killed KILL\nmemory 16777216 16777216\n"), {
    code: undefined,
    signal: "SIGKILL",
    result: "oom-kill",
    memory: { peak: 16_777_216, limit: 16_777_216 },
  });
  assert.deepEqual(parseExit("exit-code exited 1\nmemory 4096 max\n")?.memory, { peak: 4096, limit: undefined });
  assert.equal(parseExit("success exited 0\nmemory  \n")?.memory, undefined);
});
