import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../parse.ts";
import { Workload } from "../workload.ts";
import { formatPort } from "./format-port.ts";

function reasonFor(more: object) {
  const parsed = parse(Workload, { name: "web", image: "nginx", ...more });
  return parsed.ok ? undefined : parsed.reason;
}

const port = (more: object) => ({ ports: [{ host: 8080, container: 80, ...more }] });

test("a port may be a range, one address's or one interface's", () => {
  for (const good of [
    port({ host: "8000-8010", container: "8000-8010" }),
    port({ host: "8000-8010", container: "80-90", address: "192.168.1.5" }),
    port({ address: "fd00::5" }),
    port({ address: "127.0.0.1" }),
    port({ interface: "eth0.20" }),
  ]) {
    assert.equal(reasonFor(good), undefined, JSON.stringify(good));
  }
});

test("a port that cannot be is refused with the field at fault", () => {
  const wrong: [object, string][] = [
    [port({ host: 0 }), "ports[0].host"],
    [port({ host: "8010-8000", container: "1-11" }), "ports[0].host"],
    [port({ host: "65530-65536", container: "1-7" }), "ports[0].host"],
    [port({ host: "8000-8010" }), "ports[0].container"],
    [port({ host: "1000-9000", container: "2000-10000" }), "ports[0].host"],
    [port({ address: "eth0" }), "ports[0].address"],
    [port({ address: "::1" }), "ports[0].address"],
    [port({ address: "10.0.0.1", interface: "eth0" }), "ports[0].interface"],
    [port({ interface: 'eth0" accept' }), "ports[0].interface"],
  ];
  for (const [manifest, field] of wrong) {
    const reason = reasonFor(manifest);
    assert.equal(reason?.code, "invalid-value", JSON.stringify(manifest));
    assert.equal(reason?.field, field);
    assert.ok(reason?.allowed, field);
  }
});

test("a workload without a network publishes nothing, and one on the device's own its own numbers", () => {
  assert.equal(reasonFor({ network: { mode: "none" }, ...port({}) })?.field, "ports");
  assert.equal(reasonFor({ network: { mode: "none" }, health: { tcp: { port: 80 } } })?.field, "health");
  assert.equal(reasonFor({ network: { mode: "none" }, health: { exec: ["true"] } }), undefined);
  assert.equal(reasonFor({ network: { mode: "host" }, ...port({}) })?.field, "ports[0].container");
  assert.equal(reasonFor({ network: { mode: "host" }, ...port({ host: 8080, container: 8080 }) }), undefined);
  // Root inside is not the device's, which alone may listen there.
  assert.equal(reasonFor({ network: { mode: "host" }, ...port({ host: 80 }) })?.field, "ports[0].host");
  assert.equal(reasonFor({ network: { mode: "host" }, userns: "host", ...port({ host: 80 }) }), undefined);
  // They would be the device's.
  const sysctls = { "net.ipv4.ip_forward": 1 };
  assert.match(reasonFor({ network: { mode: "host" }, sysctls })?.field ?? "", /^sysctls\.net/);
  assert.equal(reasonFor({ sysctls }), undefined);
});

test("names it adds are host names with addresses, or the device", () => {
  assert.equal(reasonFor({ network: { hosts: { "host.docker.internal": "gateway", b: "::1" } } }), undefined);
  assert.equal(reasonFor({ network: { hosts: { b: "printer" } } })?.field, "network.hosts.b");
  assert.equal(reasonFor({ network: { hosts: { "a\nb": "10.0.0.1" } } })?.code, "invalid-value");
  assert.equal(reasonFor({ network: { dns: { servers: ["dns.example"] } } })?.field, "network.dns.servers[0]");
});

test("a port is shown as people write it", () => {
  assert.equal(formatPort({ host: 8080, container: 80, protocol: "tcp" }), "8080->80");
  assert.equal(
    formatPort({ host: "8000-8001", container: "80-81", protocol: "udp", address: "fd00::5" }),
    "[fd00::5]:8000-8001->80-81/udp",
  );
  assert.equal(formatPort({ host: 1, container: 2, protocol: "tcp", interface: "eth0" }), "eth0:1->2");
});
