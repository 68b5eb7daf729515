import assert from "node:assert/strict";
import { test } from "node:test";
import { Workload } from "../model/workload.ts";
import { fingerprintOf, outcomeOf, type Target } from "./target.ts";

const manifest = Workload.parse({ name: "web", image: "nginx", env: { A: "1", B: "2" } });
const present: Target = { manifest, run: "running" };
const named = { workload: "web" };

test("an apply makes its manifest run, whatever was there", () => {
  const outcome = { manifest, run: "running" };
  assert.deepEqual(outcomeOf({ kind: "apply", manifest }, undefined), outcome);
  assert.deepEqual(outcomeOf({ kind: "apply", manifest }, { manifest, run: "stopped" }), outcome);
});

test("start and stop keep the manifest, remove takes it away", () => {
  assert.deepEqual(outcomeOf({ kind: "stop", ...named }, present), { manifest, run: "stopped" });
  assert.deepEqual(outcomeOf({ kind: "start", ...named }, { manifest, run: "stopped" }), present);
  assert.equal(outcomeOf({ kind: "remove", ...named }, present), "removed");
});

test("acts change no desired state", () => {
  assert.equal(outcomeOf({ kind: "restart", ...named }, present), undefined);
  assert.equal(outcomeOf({ kind: "exec", ...named, command: ["id"], timeoutSeconds: 1 }, present), undefined);
  assert.equal(outcomeOf({ kind: "logs", ...named, tail: 1, seconds: 0 }, present), undefined);
});

test("a fingerprint does not depend on the order in which fields are written", () => {
  const turned = Workload.parse({ env: { B: "2", A: "1" }, image: "nginx", name: "web" });
  assert.equal(fingerprintOf(turned, "sha256:one"), fingerprintOf(manifest, "sha256:one"));
});

test("a workload that runs goes on when only those it starts after, or how it is replaced, change", () => {
  const other = Workload.parse({ ...manifest, after: ["db"], update: { strategy: "start-first" } });
  assert.equal(fingerprintOf(other, "sha256:one"), fingerprintOf(manifest, "sha256:one"));
});

test("a fingerprint changes with the manifest and with the image behind its reference", () => {
  const other = Workload.parse({ ...manifest, limits: { pids: 5 } });
  const fingerprints = [
    fingerprintOf(manifest, "sha256:one"),
    fingerprintOf(manifest, "sha256:two"),
    fingerprintOf(other, "sha256:one"),
  ];
  assert.equal(new Set(fingerprints).size, 3);
});
