import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "./parse.ts";
import type { Reason } from "./reason.ts";
import { restartPolicyOf } from "./workload/restart.ts";
import { Workload } from "./workload.ts";

const least = { name: "web", image: "nginx" };

function refusal(more: object): Reason {
  const parsed = parse(Workload, { ...least, ...more });
  assert(!parsed.ok, "it was taken");
  return parsed.reason;
}

test("a name and an image are enough, and the defaults are safe", () => {
  const parsed = parse(Workload, least);
  assert(parsed.ok);
  assert.equal(parsed.value.root, "read-only");
  assert.equal(restartPolicyOf(parsed.value), "always");
  assert.equal(parsed.value.stop.grace, "10s");
  assert.deepEqual(parsed.value.ports, []);
});

test("parsing again what was parsed changes nothing", () => {
  const first = Workload.parse({ ...least, limits: { cpus: 0.5, memory: "128Mi" }, health: { http: { port: 80 } } });
  assert.deepEqual(Workload.parse(JSON.parse(JSON.stringify(first))), first);
});

test("an unknown field names the nearest known one", () => {
  const reason = refusal({ limit: { memory: "1Gi" } });
  assert.equal(reason.code, "unknown-field");
  assert.equal(reason.field, "limit");
  assert.match(reason.message, /did you mean limits\?/);
});

test("an unknown field deep inside is named by its path", () => {
  const reason = refusal({ ports: [{ host: 80, container: 80, protokol: "tcp" }] });
  assert.equal(reason.field, "ports[0].protokol");
  assert.match(reason.message, /did you mean protocol\?/);
});

test("wrong values are named with field, value and what is allowed", () => {
  const cases: [object, string, unknown, RegExp][] = [
    [{ ports: [{ host: 70000, container: 80 }] }, "ports[0].host", 70000, /65535/],
    [{ limits: { memory: "12 potatoes" } }, "limits.memory", "12 potatoes", /256Mi/],
    [{ isolation: "chroot" }, "isolation", "chroot", /container/],
    [{ isolation: "microvm", limits: { memory: "32Mi" } }, "limits.memory", "32Mi", /96Mi or more/],
    [{ isolation: "microvm", privileged: true }, "privileged", true, /false with isolation microvm/],
    [{ isolation: "microvm", userns: "host" }, "userns", "host", /private with isolation microvm/],
    [{ isolation: "microvm", network: { mode: "host" } }, "network.mode", "host", /bridge or none/],
    [{ emulation: "allowed" }, "emulation", "allowed", /refused with isolation container/],
    [{ name: "Web_1" }, "name", "Web_1", /DNS label/],
    [{ image: "nginx:a:b/c" }, "image", "nginx:a:b/c", /not an image reference/],
    [{ workdir: "/a/../b" }, "workdir", "/a/../b", /without \. and \.\./],
    [{ restart: { policy: "sometimes" } }, "restart.policy", "sometimes", /always, on-failure, never/],
  ];
  for (const [more, field, value, allowed] of cases) {
    const reason = refusal(more);
    assert.equal(reason.field, field);
    assert.equal(reason.value, value);
    assert.match(`${reason.allowed} ${reason.message}`, allowed);
  }
});

test("a missing field is said to be missing", () => {
  const parsed = parse(Workload, { name: "web" });
  assert(!parsed.ok);
  assert.equal(parsed.reason.code, "missing-field");
  assert.equal(parsed.reason.field, "image");
});

test("a certificate is verified for a host over https, or not at all", () => {
  const http = { port: 443, verify: true };
  for (const more of [{}, { scheme: "https" }, { host: "shop.example" }]) {
    assert.equal(refusal({ health: { http: { ...http, ...more } } }).field, "health.http.verify");
  }
  assert(parse(Workload, { ...least, health: { http: { ...http, scheme: "https", host: "shop.example" } } }).ok);
});

test("a header cannot hold another line", () => {
  const headers = { "X-A": "1\r\nX-B: 2" };
  assert.equal(refusal({ health: { http: { port: 80, headers } } }).field, "health.http.headers.X-A");
});

test("a health check needs exactly one probe", () => {
  assert.equal(refusal({ health: {} }).field, "health");
  assert.equal(refusal({ health: { disabled: true, tcp: { port: 80 } } }).field, "health");
  assert.match(
    refusal({ health: { http: { port: 80 }, tcp: { port: 80 } } }).message,
    /exactly one of http, tcp, exec and disabled/,
  );
});

test("a job is not restarted unless it is said, and never whatever its end", () => {
  assert.equal(restartPolicyOf(Workload.parse({ ...least, job: {} })), "never");
  assert.equal(restartPolicyOf(Workload.parse({ ...least, job: {}, restart: { policy: "on-failure" } })), "on-failure");
  const reason = refusal({ job: {}, restart: { policy: "always" } });
  assert.equal(reason.field, "restart.policy");
  assert.equal(reason.value, "always");
  assert.match(`${reason.message} ${reason.allowed}`, /on-failure or never/);
});

test("a start limit of no time at all is refused", () => {
  assert.equal(refusal({ restart: { limit: { starts: 3, within: "0s" } } }).field, "restart.limit.within");
});

test("a schedule has safe defaults, and what is no schedule is refused by its field", () => {
  const { schedule } = Workload.parse({ ...least, schedule: { cron: "@daily" } });
  assert.deepEqual(schedule, { cron: "@daily", timeZone: "UTC", missed: "skip" });
  assert.equal(refusal({ schedule: { cron: "61 * * * *" } }).field, "schedule.cron");
  assert.equal(refusal({ schedule: { cron: "@daily", timeZone: "Berlin" } }).field, "schedule.timeZone");
  assert.equal(refusal({ schedule: { cron: "@daily" }, job: {} }).field, "schedule");
  assert.equal(refusal({ schedule: { cron: "@daily" }, restart: { policy: "always" } }).field, "restart.policy");
});

test("a capability that Linux does not know names the nearest it knows", () => {
  for (const [written, meant] of [
    ["NET_RAWW", "NET_RAW"],
    ["CAP_NET_ADMIN", "NET_ADMIN"],
    ["sys_ptrace", "SYS_PTRACE"],
  ]) {
    const reason = refusal({ capabilities: { add: ["CHOWN", written] } });
    assert.equal(reason.code, "invalid-value");
    assert.equal(reason.field, "capabilities.add[1]");
    assert.equal(reason.value, written);
    assert.match(reason.message, new RegExp(`did you mean ${meant}\\?`));
    assert.match(reason.allowed ?? "", /such as NET_RAW/);
  }
  assert.ok(parse(Workload, { ...least, capabilities: { add: ["NET_RAW"], drop: ["ALL"] } }).ok);
});

test("of the kernel's settings only those are taken that a workload has for itself", () => {
  const sysctls = { "net.ipv4.ip_forward": 1, "kernel.shmmax": "1", "fs.mqueue.msg_max": 20, "kernel.sem": "1 2 3 4" };
  assert.ok(parse(Workload, { ...least, sysctls }).ok);
  for (const name of [
    "kernel.core_pattern",
    "vm.overcommit_memory",
    "kernel.shm/../core_pattern",
    "net...kernel.panic",
  ]) {
    const reason = refusal({ sysctls: { [name]: "1" } });
    assert.equal(reason.field, `sysctls.${name}`);
    assert.match(reason.allowed ?? "", /net\.\*, kernel\.shm\*/);
  }
  assert.equal(refusal({ sysctls: { "net.ipv4.ip_forward": "1\n2" } }).field, "sysctls.net.ipv4.ip_forward");
});

test("seccomp is a word or a profile, and a mistake in a profile is named by its place", () => {
  const rule = { names: ["bpf"], action: "SCMP_ACT_ERRNO", errnoRet: 1 };
  const profile = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] };
  assert.ok(parse(Workload, { ...least, seccomp: { profile } }).ok);
  assert.match(refusal({ seccomp: "off" }).allowed ?? "", /default, unconfined, or a profile/);
  const wrong = refusal({ seccomp: { profile: { ...profile, syscalls: [rule, { ...rule, action: "ALLOW" }] } } });
  assert.equal(wrong.field, "seccomp.profile.syscalls[1].action");
  assert.match(wrong.allowed ?? "", /SCMP_ACT_ALLOW/);
});

test("a host name and groups are what the kernel takes for such", () => {
  assert.ok(parse(Workload, { ...least, hostname: "box-1.example", groups: ["video", 44] }).ok);
  for (const hostname of ["-box", "a b", "x".repeat(65), ""]) assert.equal(refusal({ hostname }).field, "hostname");
  for (const group of [-1, "two words", 2 ** 32]) assert.equal(refusal({ groups: [group] }).field, "groups[0]");
});
