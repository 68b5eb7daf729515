import assert from "node:assert/strict";
import { test } from "node:test";
import { Workload, type WorkloadInput } from "../../model/workload.ts";
import type { Target } from "../target.ts";
import { type Capacity, OWN_SHARE, refusalOfReservations } from "./reservations.ts";

const GIB = 2 ** 30;
const device: Capacity = { cpus: 2, memory: GIB };

function manifest(name: string, reserve: WorkloadInput["reserve"]): Workload {
  return Workload.parse({ name, image: "nginx", reserve });
}

function held(...manifests: Workload[]): Map<string, Target> {
  return new Map(manifests.map((one) => [one.name, { manifest: one, run: "stopped" }]));
}

test("without reservations nothing is refused, however little there is", () => {
  assert.equal(refusalOfReservations(manifest("web", {}), held(), { cpus: 0, memory: 0 }), undefined);
});

test("more memory than the device has is refused with every sum", () => {
  const others = held(manifest("db", { memory: "512Mi" }), manifest("cache", { memory: "128Mi" }), manifest("x", {}));
  const reason = refusalOfReservations(manifest("web", { memory: "256Mi" }), others, device);
  assert.equal(reason?.code, "capacity-exceeded");
  assert.equal(reason?.field, "manifest.reserve.memory");
  assert.equal(reason?.value, "256Mi");
  assert.equal(
    reason?.message,
    "web would reserve 256.0 MiB of memory; the device has 1.0 GiB, keeps 256.0 MiB for itself, and other workloads reserve 640.0 MiB (db 512.0 MiB, cache 128.0 MiB)",
  );
  assert.equal(reason?.allowed, "at most 128.0 MiB");
  assert.equal(refusalOfReservations(manifest("web", { memory: "128Mi" }), others, device), undefined);
});

test("CPU time likewise, down to the last thousandth", () => {
  const others = held(manifest("db", { cpus: 1 }), manifest("cache", { cpus: "600m" }));
  assert.equal(refusalOfReservations(manifest("web", { cpus: "300m" }), others, device), undefined);
  const reason = refusalOfReservations(manifest("web", { cpus: "301m" }), others, device);
  assert.equal(reason?.field, "manifest.reserve.cpus");
  assert.match(reason?.message ?? "", /0\.301 CPUs of CPU time; the device has 2 CPUs/);
  assert.equal(reason?.allowed, "at most 0.3 CPUs");
});

test("a workload's own reservation so far does not count against its new one", () => {
  const before = held(manifest("web", { memory: "700Mi" }));
  assert.equal(refusalOfReservations(manifest("web", { memory: "768Mi" }), before, device), undefined);
  assert.equal(OWN_SHARE.memory + 768 * 2 ** 20, GIB);
});
