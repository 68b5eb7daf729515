import assert from "node:assert/strict";
import { test } from "node:test";
import { Workload, type WorkloadInput } from "../model/workload.ts";
import { blockerOf, type DependencyState } from "./dependencies.ts";
import type { ObservedWorkload } from "./ports.ts";

const check = { tcp: { port: 1 } };

function state(more: {
  manifest?: Partial<WorkloadInput>;
  unit?: Partial<ObservedWorkload> | undefined;
  run?: "running" | "stopped";
  health?: DependencyState["health"];
}): DependencyState {
  const manifest = Workload.parse({ name: "db", image: "db", ...more.manifest });
  const unit: ObservedWorkload = {
    name: "db",
    instance: "db",
    role: "serving",
    fingerprint: "f",
    run: "",
    check: manifest.health,
    unit: "active",
    restarts: 0,
    address: undefined,
    startedAt: undefined,
    exit: undefined,
    ...more.unit,
  };
  return {
    target: { manifest, run: more.run ?? "running" },
    done: false,
    unit: "unit" in more && more.unit === undefined ? undefined : unit,
    health: more.health ?? { health: "none", message: "" },
  };
}

function wait(requires: "started" | "healthy" | "succeeded", of: DependencyState): string | undefined {
  return blockerOf(Workload.parse({ name: "app", image: "app", after: [{ workload: "db", requires }] }), () => of)
    ?.message;
}

test("a name alone waits for the other to run", () => {
  const app = Workload.parse({ name: "app", image: "app", after: ["db"] });
  assert.equal(
    blockerOf(app, () => state({})),
    undefined,
  );
  const reason = blockerOf(app, () => state({ unit: undefined }));
  assert.deepEqual([reason?.code, reason?.value], ["waiting-for-dependency", "db"]);
  assert.equal(reason?.message, "it waits for db to run: it has not started");
});

test("one that is not there, is stopped or ended is waited for, and which it is is told", () => {
  const gone = { ...state({}), target: undefined };
  assert.match(wait("started", gone) ?? "", /no such workload/);
  assert.match(wait("started", state({ run: "stopped" })) ?? "", /it is stopped/);
  const exit = { code: 3, signal: undefined, result: "exit-code" };
  assert.match(wait("started", state({ unit: { unit: "failed", exit } })) ?? "", /exited with 3/);
});

test("healthy waits for the health check, which must be there", () => {
  const health = { health: "starting", message: "status 503" } as const;
  const starting = state({ manifest: { health: check }, health });
  assert.equal(wait("healthy", starting), "it waits for db to be healthy: it is starting, status 503");
  assert.equal(wait("healthy", { ...starting, health: { health: "healthy", message: "" } }), undefined);
  assert.match(wait("healthy", state({})) ?? "", /no health check/);
});

test("succeeded waits for an end with 0, and a failure is none", () => {
  assert.match(wait("succeeded", state({})) ?? "", /still runs/);
  const end = (code: number, result: string) => ({ exit: { code, signal: undefined, result } });
  assert.equal(wait("succeeded", state({ unit: { unit: "inactive", ...end(0, "success") } })), undefined);
  assert.match(wait("succeeded", state({ unit: { unit: "failed", ...end(2, "exit-code") } })) ?? "", /exited with 2/);
  assert.match(wait("succeeded", state({ unit: undefined })) ?? "", /not started/);
});

test("all of them must be as far, and the first that is not is told", () => {
  const app = Workload.parse({ name: "app", image: "app", after: ["one", "two"] });
  const reason = blockerOf(app, (name) => (name === "one" ? state({}) : state({ unit: undefined })));
  assert.equal(reason?.value, "two");
});

test("a job that was done has run and ended well, also after a boot", () => {
  for (const requires of ["started", "succeeded"] as const) {
    const gone = { ...state({}), unit: undefined };
    assert.notEqual(wait(requires, gone), undefined);
    assert.equal(wait(requires, { ...gone, done: true }), undefined);
  }
});
