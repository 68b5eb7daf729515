import assert from "node:assert/strict";
import { test } from "node:test";
import type { Order } from "../../model/order.ts";
import { DEFAULT_POLICY, type Policy } from "../../model/policy.ts";
import { Workload, type WorkloadInput } from "../../model/workload.ts";
import type { Target } from "../target.ts";
import { refusalOfAction } from "./action.ts";
import { refusalOfOrder } from "./order.ts";

const order: Order = {
  id: "order-0001",
  device: "demo",
  sequence: 8,
  issuer: "alice",
  issuedAt: "2026-01-01T00:00:00Z",
  expiresAt: "2026-01-01T02:00:00+01:00",
  action: { kind: "remove", workload: "web" },
};
const context = { device: "demo", now: new Date("2026-01-01T00:30:00Z"), lastSequence: 7 };

function manifest(name: string, ports: WorkloadInput["ports"]): Workload {
  return Workload.parse({ name, image: "nginx", ports });
}

function among(held: ReadonlyMap<string, Target>) {
  return {
    targets: held,
    standing: new Map<string, Workload[]>(),
    policy: DEFAULT_POLICY,
    capacity: { cpus: 1, memory: 2 ** 30 },
  };
}

function targets(...manifests: Workload[]): Map<string, Target> {
  return new Map(manifests.map((one) => [one.name, { manifest: one, run: "stopped" }]));
}

test("an order in its term, for this device and next in its sequence is not refused", () => {
  assert.equal(refusalOfOrder(order, context), undefined);
});

test("an order for another device names both", () => {
  const reason = refusalOfOrder({ ...order, device: "other" }, context);
  assert.equal(reason?.code, "wrong-audience");
  assert.equal(reason?.value, "other");
  assert.equal(reason?.allowed, "demo");
});

test("a term ends at its last moment, whatever time zone it is written in", () => {
  const now = (text: string) => ({ ...context, now: new Date(text) });
  assert.equal(refusalOfOrder(order, now("2026-01-01T00:59:59.999Z")), undefined);
  assert.equal(refusalOfOrder(order, now("2026-01-01T01:00:00Z"))?.code, "order-expired");
});

test("a sequence that is not greater than the last is a replay", () => {
  for (const sequence of [7, 1]) {
    assert.equal(refusalOfOrder({ ...order, sequence }, context)?.code, "order-replayed");
  }
});

test("an action on a workload that is not there names those that are", () => {
  const reason = refusalOfAction(order.action, among(targets(manifest("db", []), manifest("cache", []))));
  assert.equal(reason?.code, "workload-not-found");
  assert.equal(reason?.allowed, "cache, db");
  assert.match(refusalOfAction(order.action, among(new Map()))?.allowed ?? "", /apply a manifest first/);
});

test("what amounts to root on the device, or opens much of its kernel, is for its owner to allow", () => {
  const nothing = new Map<string, Target>();
  const refused = (more: Partial<WorkloadInput>, policy: Partial<Policy> = {}) => {
    const one = Workload.parse({ name: "web", image: "nginx", ...more });
    const context = { ...among(nothing), policy: { ...DEFAULT_POLICY, ...policy } };
    return refusalOfAction({ kind: "apply", manifest: one }, context);
  };
  const profile = { defaultAction: "SCMP_ACT_ALLOW" } as const;
  const cases: [Partial<WorkloadInput>, field: string, permit: "privileged" | "unconfined"][] = [
    [{ privileged: true }, "privileged", "privileged"],
    [{ privileged: true, userns: "private" }, "privileged", "privileged"],
    [{ userns: "host" }, "userns", "privileged"],
    [{ seccomp: "unconfined" }, "seccomp", "unconfined"],
    [{ seccomp: { profile } }, "seccomp.profile", "unconfined"],
    [{ capabilities: { add: ["NET_RAW", "SYS_ADMIN"] } }, "capabilities.add[1]", "unconfined"],
    [{ capabilities: { add: ["ALL"] } }, "capabilities.add[0]", "unconfined"],
  ];
  for (const [more, field, permit] of cases) {
    const reason = refused(more);
    assert.equal(reason?.code, "policy-forbids", field);
    assert.equal(reason.field, `manifest.${field}`);
    assert.match(reason.allowed ?? "", new RegExp(`policy\\.${permit}: true`));
    assert.equal(refused(more, { [permit]: true }), undefined, field);
  }
  assert.equal(refused({ capabilities: { add: ["NET_ADMIN", "SYS_PTRACE"] } }), undefined);
  assert.equal(refused({ seccomp: "default", userns: "private", noNewPrivileges: false }), undefined);
});

test("a port of another workload is refused, also while that one is stopped", () => {
  const held = targets(manifest("web", [{ host: 8080, container: 80 }]));
  const action = { kind: "apply", manifest: manifest("api", [{ host: 8080, container: 3000 }]) } as const;
  const reason = refusalOfAction(action, among(held));
  assert.equal(reason?.code, "port-conflict");
  assert.equal(reason?.field, "manifest.ports[0].host");
  assert.match(reason?.message ?? "", /workload web/);
});

test("a workload may keep its own port, and the other protocol's port is another port", () => {
  const held = targets(manifest("web", [{ host: 8080, container: 80 }]));
  const again = manifest("web", [{ host: 8080, container: 8080 }]);
  assert.equal(refusalOfAction({ kind: "apply", manifest: again }, among(held)), undefined);
  const udp = manifest("dns", [{ host: 8080, container: 53, protocol: "udp" }]);
  assert.equal(refusalOfAction({ kind: "apply", manifest: udp }, among(held)), undefined);
});

test("a workload that would wait for itself is refused, and the way is named", () => {
  const after = (name: string, ...names: string[]) => Workload.parse({ name, image: "nginx", after: names });
  const apply = (one: Workload, ...held: Workload[]) =>
    refusalOfAction({ kind: "apply", manifest: one }, among(targets(...held)));
  assert.equal(apply(after("app", "db", "cache"), after("db", "disk"), after("cache", "disk")), undefined);
  assert.equal(apply(after("app", "nobody")), undefined);
  const reason = apply(after("db", "disk", "log"), after("app", "db"), after("log", "app"));
  assert.deepEqual([reason?.code, reason?.field, reason?.value], ["dependency-cycle", "manifest.after[1]", "log"]);
  assert.match(reason?.message ?? "", /db after log after app after db/);
  assert.equal(apply(after("app", "app"))?.code, "dependency-cycle");
  // What it came after before does not count.
  assert.equal(apply(after("app"), after("app", "db"), after("db", "app")), undefined);
});

test("on the device's own network a workload cannot be replaced by one beside it", () => {
  const host = Workload.parse({
    name: "web",
    image: "nginx",
    network: { mode: "host" },
    update: { strategy: "start-first" },
  });
  const context = { ...among(new Map()), policy: { ...DEFAULT_POLICY, hostNetwork: true } };
  assert.equal(refusalOfAction({ kind: "apply", manifest: host }, context)?.field, "manifest.update.strategy");
});

test("the LAN API's port is the device's own", () => {
  const action = { kind: "apply", manifest: manifest("web", [{ host: 443, container: 80 }]) } as const;
  assert.match(refusalOfAction(action, among(new Map()))?.message ?? "", /LAN API/);
});

test("a range is held against every port of another, at the addresses they share", () => {
  const held = targets(manifest("web", [{ host: "8000-8010", container: "8000-8010", address: "192.168.1.5" }]));
  const refusal = (port: NonNullable<WorkloadInput["ports"]>[number]) =>
    refusalOfAction({ kind: "apply", manifest: manifest("api", [port]) }, among(held));
  assert.equal(refusal({ host: 8010, container: 80 })?.code, "port-conflict");
  assert.equal(refusal({ host: "7990-8000", container: "90-100" })?.value, "7990-8000");
  assert.equal(refusal({ host: 8005, container: 80, address: "0.0.0.0" })?.code, "port-conflict");
  assert.equal(refusal({ host: 8005, container: 80, interface: "eth0" })?.code, "port-conflict");
  assert.equal(refusal({ host: 8011, container: 80 }), undefined);
  assert.equal(refusal({ host: 8005, container: 80, address: "127.0.0.1" }), undefined);
  assert.equal(refusal({ host: 8005, container: 80, address: "fd00::5" }), undefined);
  assert.equal(refusal({ host: 8005, container: 80, protocol: "udp" }), undefined);
});

test("the device's own network is for those its policy lets have it", () => {
  const open = Workload.parse({ name: "scan", image: "nginx", network: { mode: "host" } });
  const reason = refusalOfAction({ kind: "apply", manifest: open }, among(new Map()));
  assert.equal(reason?.code, "policy-forbids");
  assert.equal(reason?.field, "manifest.network.mode");
  assert.equal(reason?.allowed, "bridge, none");
  const policy = { ...DEFAULT_POLICY, hostNetwork: true };
  assert.equal(refusalOfAction({ kind: "apply", manifest: open }, { ...among(new Map()), policy }), undefined);
});

test("a port published twice is refused at its second place", () => {
  const twice = manifest("web", [
    { host: 80, container: 80 },
    { host: 80, container: 8080 },
  ]);
  const reason = refusalOfAction({ kind: "apply", manifest: twice }, among(new Map()));
  assert.equal(reason?.code, "port-conflict");
  assert.equal(reason?.field, "manifest.ports[1].host");
});
