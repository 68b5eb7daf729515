import assert from "node:assert/strict";
import { test } from "node:test";
import { actsFor } from "./workload-actions.ts";

test("what takes something away is asked about first", () => {
  const asked = [
    ...actsFor({ desired: "running", phase: "running" }),
    ...actsFor({ desired: "stopped", phase: "stopped" }),
  ]
    .filter(({ question }) => question !== undefined)
    .map(({ kind }) => kind);
  assert.deepEqual([...new Set(asked)].sort(), ["remove", "restart", "stop"]);
});

test("a stopped workload can be started and a running one stopped", () => {
  assert.deepEqual(
    actsFor({ desired: "stopped", phase: "stopped" }).map(({ kind }) => kind),
    ["start", "remove"],
  );
  assert(actsFor({ desired: "running", phase: "running" }).some(({ kind }) => kind === "stop"));
});

test("what has ended is started, not restarted", () => {
  for (const phase of ["completed", "scheduled", "exited", "failed"] as const) {
    assert.deepEqual(
      actsFor({ desired: "running", phase }).map(({ kind }) => kind),
      ["start", "stop", "remove"],
    );
  }
});
