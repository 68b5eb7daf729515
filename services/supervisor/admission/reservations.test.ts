import assert from "node:assert/strict";
import { test } from "node:test";
import { Workload, type WorkloadInput } from "../../model/workload.ts";
import { type Capacity, type Held, OWN_SHARE, refusalOfReservations } from "./reservations.ts";

const GIB = 2 ** 30;
const device: Capacity = { cpus: 2, memory: GIB };

function manifest(name: string, reserve: WorkloadInput["reserve"], more: Partial<WorkloadInput> = {}): Workload {
  return Workload.parse({ name, image: "nginx", reserve, ...more });
}

/** Workloads that are there and stopped. */
function held(...manifests: Workload[]): Held {
  return {
    targets: new Map(manifests.map((one) => [one.name, { manifest: one, run: "stopped" }])),
    standing: new Map(),
  };
}

/** Workloads that run, each by the last of its manifests or, until that is reached, by one before. */
function running(...manifests: Workload[]): Held {
  return {
    targets: new Map(manifests.map((one) => [one.name, { manifest: one, run: "running" }])),
    standing: Map.groupBy(manifests, ({ name }) => name),
  };
}

const startFirst: Partial<WorkloadInput> = { update: { strategy: "start-first" } };

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

test("what is started beside the old instance must fit beside it, and stop-first is named as the way out", () => {
  const before = running(manifest("web", { memory: "512Mi" }, startFirst), manifest("db", { memory: "64Mi" }));
  const next = (memory: string, more = startFirst) =>
    refusalOfReservations(manifest("web", { memory }, { ...more, args: ["new"] }), before, device);
  assert.equal(next("192Mi"), undefined);
  const reason = next("256Mi");
  assert.equal(reason?.code, "capacity-exceeded");
  assert.equal(
    reason?.message,
    "web would reserve 256.0 MiB of memory beside the 512.0 MiB of the instance that runs until it is replaced; the device has 1.0 GiB, keeps 256.0 MiB for itself, and other workloads reserve 64.0 MiB (db 64.0 MiB)",
  );
  assert.equal(reason?.allowed, "at most 192.0 MiB; or update.strategy stop-first, which runs one after the other");
  assert.equal(next("256Mi", {}), undefined);
  assert.equal(next("704Mi", {}), undefined);
  // More than there is for one alone: stop-first is no way out.
  assert.equal(next("705Mi")?.allowed, "at most 192.0 MiB");
});

test("the same manifest once more starts nothing beside it, unless another image may be behind its tag", () => {
  const again = (more: Partial<WorkloadInput>, from = running) => {
    const web = manifest("web", { memory: "512Mi" }, { ...startFirst, ...more });
    return refusalOfReservations(web, from(web), device)?.code;
  };
  assert.equal(again({ pull: "always" }), "capacity-exceeded");
  assert.equal(again({ pull: "always" }, held), undefined);
  assert.equal(again({ pull: "missing" }), undefined);
  assert.equal(again({ pull: "always", image: `nginx@sha256:${"0".repeat(64)}` }), undefined);
});

test("while one workload runs twice, others cannot reserve what both take", () => {
  const old = manifest("web", { memory: "300Mi" }, startFirst);
  const next = manifest("web", { memory: "200Mi" }, { ...startFirst, args: ["new"] });
  const db = (memory: string) => refusalOfReservations(manifest("db", { memory }), running(old, next), device);
  assert.equal(db("268Mi"), undefined);
  assert.match(db("269Mi")?.message ?? "", /other workloads reserve 500\.0 MiB \(web 500\.0 MiB\)/);
});
