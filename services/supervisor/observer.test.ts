import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeWorkloads } from "./fixtures/fakes.ts";
import { Observer } from "./observer.ts";
import type { ObservedWorkload } from "./ports.ts";

function observing() {
  const workloads = new FakeWorkloads();
  const told: string[] = [];
  const observer = new Observer({
    workloads,
    recorder: { event: ({ kind, message }) => told.push(`${kind} ${message}`) },
  });
  const becomes = async (unit: ObservedWorkload["unit"], exit?: ObservedWorkload["exit"]) => {
    workloads.units.set("web", {
      name: "web",
      instance: "web",
      role: "serving",
      fingerprint: "f",
      run: "",
      check: undefined,
      unit,
      restarts: 0,
      address: undefined,
      startedAt: undefined,
      exit,
    });
    await observer.refresh();
  };
  return { observer, told, becomes };
}

const OUT_OF_MEMORY = {
  code: undefined,
  signal: "SIGKILL",
  result: "oom-kill",
  memory: { peak: 2 ** 24, limit: 2 ** 24 },
};

test("an end is told with its reason, also when systemd is seen clearing up after it", async () => {
  const { told, becomes } = observing();
  await becomes("active");
  await becomes("deactivating");
  await becomes("failed", OUT_OF_MEMORY);
  assert.deepEqual(told, ["workload-exited web: the kernel ended it: used 16.0 MiB of 16.0 MiB allowed"]);
});

test("an end that was asked for is no news, the next one is", async () => {
  const { observer, told, becomes } = observing();
  await becomes("active");
  observer.expectEnd("web");
  await becomes("deactivating");
  await becomes("inactive");
  assert.deepEqual(told, []);
  await becomes("active");
  await becomes("deactivating");
  await becomes("failed", { code: 3, signal: undefined, result: "exit-code" });
  assert.deepEqual(told, ["workload-exited web: its process exited with 3"]);
});
