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
