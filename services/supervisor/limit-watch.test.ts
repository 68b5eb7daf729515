import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reason } from "../model/reason.ts";
import { LimitWatch } from "./limit-watch.ts";
import type { ObservedWorkload } from "./ports.ts";

function watching() {
  const listeners = new Map<string, (refused: number, limit: number) => void>();
  const told: [string, Reason][] = [];
  const watch = new LimitWatch({
    workloads: {
      watchPids: (name, listener) => {
        listeners.set(name, listener);
        return () => listeners.delete(name);
      },
    },
    onLimited: (name, reason) => told.push([name, reason]),
  });
  return { watch, listeners, told };
}

function unit(name: string, more: Partial<ObservedWorkload> = {}): ObservedWorkload {
  return {
    name,
    instance: name,
    role: "serving",
    fingerprint: "f",
    run: "",
    unit: "active",
    restarts: 0,
    check: undefined,
    address: undefined,
    startedAt: "2026-01-01T00:00:00Z",
    exit: undefined,
    ...more,
  };
}

test("a workload that wants more processes than its limit is told of, with the limit", () => {
  const { watch, listeners, told } = watching();
  watch.follow([unit("web"), unit("ended", { unit: "failed" })]);
  assert.deepEqual([...listeners.keys()], ["web"]);
  listeners.get("web")?.(7, 32);
  const [[name, reason] = []] = told;
  assert.equal(name, "web");
  assert.equal(reason?.code, "pids-limit");
  assert.equal(reason?.message, "it wanted more processes than its limit of 32: 7 refused");
});

test("each run is watched anew, and one that is gone no more", () => {
  const { watch, listeners } = watching();
  watch.follow([unit("web")]);
  const first = listeners.get("web");
  watch.follow([unit("web")]);
  assert.equal(listeners.get("web"), first);
  watch.follow([unit("web", { restarts: 1 })]);
  assert.notEqual(listeners.get("web"), first);
  watch.follow([]);
  assert.equal(listeners.size, 0);
});
