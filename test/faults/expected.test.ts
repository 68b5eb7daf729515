import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedOf } from "./expected.ts";

test("the last order that succeeded says how a workload is, whatever order they are given in", () => {
  const applied = { asked: { kind: "apply", version: 1 }, status: "succeeded", sequence: 1 } as const;
  const stopped = { asked: { kind: "stop" }, status: "succeeded", sequence: 4 } as const;
  assert.deepEqual(expectedOf([stopped, applied]), { version: 1, run: "stopped" });
  const removed = { asked: { kind: "remove" }, status: "succeeded", sequence: 9 } as const;
  assert.equal(expectedOf([removed, stopped, applied]), undefined);
});

test("an order builds on the one it supersedes", () => {
  const applied = { asked: { kind: "apply", version: 1 }, status: "succeeded", sequence: 1 } as const;
  const newer = { asked: { kind: "apply", version: 2 }, status: "superseded", sequence: 2 } as const;
  const stopped = { asked: { kind: "stop" }, status: "succeeded", sequence: 3 } as const;
  assert.deepEqual(expectedOf([applied, newer, stopped]), { version: 2, run: "stopped" });
});

test("a job that is to run again after it was stopped is found as its last version", () => {
  const applied = { asked: { kind: "apply", version: 3 }, status: "superseded", sequence: 1 } as const;
  const stopped = { asked: { kind: "stop" }, status: "superseded", sequence: 2 } as const;
  const started = { asked: { kind: "start" }, status: "succeeded", sequence: 3 } as const;
  const restarted = { asked: { kind: "restart" }, status: "failed", sequence: 4 } as const;
  assert.deepEqual(expectedOf([applied, stopped, started, restarted]), { version: 3, run: "running" });
});

test("orders that failed or were refused, and restarts, change nothing", () => {
  const applied = { asked: { kind: "apply", version: 1 }, status: "succeeded", sequence: 1 } as const;
  const newer = { asked: { kind: "apply", version: 2 }, status: "failed", sequence: 2 } as const;
  const restarted = { asked: { kind: "restart" }, status: "succeeded", sequence: 3 } as const;
  const refused = { asked: { kind: "remove" }, status: "rejected", sequence: 4 } as const;
  assert.deepEqual(expectedOf([applied, newer, restarted, refused]), { version: 1, run: "running" });
  assert.equal(expectedOf([]), undefined);
});
