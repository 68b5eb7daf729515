import assert from "node:assert/strict";
import { test } from "node:test";
import type { Health } from "../model/state.ts";
import { Workload, type WorkloadInput } from "../model/workload.ts";
import type { ObservedWorkload } from "./ports.ts";
import { type Readiness, readinessOf } from "./readiness.ts";

const SETTLE = 1_000;
const health = { http: { port: 80 }, interval: "10s", timeout: "2s", retries: 3, startPeriod: "30s" };

function judge(input: {
  manifest?: Partial<WorkloadInput>;
  unit?: Partial<ObservedWorkload> | undefined;
  health?: Health;
  elapsed?: number;
}): Readiness {
  const manifest = Workload.parse({ name: "web", image: "nginx", ...input.manifest });
  const unit: ObservedWorkload = {
    name: "web",
    instance: "web",
    role: "serving",
    fingerprint: "f",
    check: manifest.health,
    run: "",
    unit: "active",
    restarts: 0,
    address: undefined,
    startedAt: undefined,
    exit: undefined,
    ...input.unit,
  };
  const known = { health: input.health ?? "none", message: "status 503" };
  return readinessOf(
    manifest,
    "unit" in input && input.unit === undefined ? undefined : unit,
    known,
    input.elapsed ?? 0,
    SETTLE,
  );
}

function codeOf(readiness: Readiness): string {
  return readiness.kind === "failed" ? readiness.reason.code : readiness.kind;
}

test("without a health check it is ready when it has run for the settling time", () => {
  assert.deepEqual(judge({ elapsed: 400 }), { kind: "wait", milliseconds: 600 });
  assert.equal(judge({ elapsed: SETTLE }).kind, "ready");
});

test("with a health check it is ready when it is healthy, however early", () => {
  assert.equal(judge({ manifest: { health }, health: "starting", elapsed: SETTLE }).kind, "wait");
  assert.equal(judge({ manifest: { health }, health: "healthy" }).kind, "ready");
});

test("an unhealthy one has failed, and says what the probe saw", () => {
  const readiness = judge({ manifest: { health }, health: "unhealthy", elapsed: 40_000 });
  assert(readiness.kind === "failed");
  assert.equal(readiness.reason.code, "not-healthy");
  assert.match(readiness.reason.message, /status 503/);
});

test("patience is the start period and every retry, a minute at least", () => {
  const starting = { manifest: { health }, health: "starting" } as const;
  assert.equal(judge({ ...starting, elapsed: 65_999 }).kind, "wait");
  assert.equal(codeOf(judge({ ...starting, elapsed: 66_000 })), "not-healthy");
  const quick = { ...health, startPeriod: "1s", interval: "1s" };
  assert.equal(judge({ manifest: { health: quick }, health: "starting", elapsed: 59_999 }).kind, "wait");
});

test("a process that ended has failed, with how it ended", () => {
  const failed = { unit: "failed", exit: { code: 3, signal: undefined, result: "exit-code" } } as const;
  const readiness = judge({ unit: failed });
  assert(readiness.kind === "failed");
  assert.equal(readiness.reason.code, "exited");
  assert.equal(readiness.reason.value, 3);
});

test("a process that ended well is ready where it need not run on", () => {
  const ended = { unit: "inactive", exit: { code: 0, signal: undefined, result: "success" } } as const;
  assert.equal(judge({ unit: ended, manifest: { restart: { policy: "on-failure" } } }).kind, "ready");
  assert.equal(codeOf(judge({ unit: ended })), "exited");
});

test("one that ends again and again has failed before systemd gives up", () => {
  assert.equal(judge({ unit: { unit: "restarting", restarts: 2 } }).kind, "wait");
  assert.equal(codeOf(judge({ unit: { unit: "restarting", restarts: 3 } })), "keeps-exiting");
});

test("one with a start limit is waited for until that is reached", () => {
  const manifest: Partial<WorkloadInput> = { restart: { limit: { starts: 5, within: "1h" } } };
  assert.equal(judge({ manifest, unit: { unit: "restarting", restarts: 4 } }).kind, "wait");
  const exit = { code: 3, signal: undefined, result: "start-limit-hit", detail: "5 starts within 3600 s" };
  assert.equal(codeOf(judge({ manifest, unit: { unit: "failed", restarts: 5, exit } })), "start-limit");
});

test("a job is ready when it has ended with 0, and not before", () => {
  const manifest: Partial<WorkloadInput> = { job: {} };
  const ended = (code: number) =>
    ({
      unit: code === 0 ? "inactive" : "failed",
      exit: { code, signal: undefined, result: code === 0 ? "success" : "exit-code" },
    }) as const;
  assert.equal(judge({ manifest, elapsed: 10 * 3_600_000 }).kind, "wait");
  assert.equal(judge({ manifest, unit: ended(0) }).kind, "ready");
  assert.equal(codeOf(judge({ manifest, unit: ended(3) })), "exited");
});

test("one that is gone has failed", () => {
  assert.equal(codeOf(judge({ unit: undefined })), "start-failed");
});
