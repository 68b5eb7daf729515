import assert from "node:assert/strict";
import { test } from "node:test";
import { renderFirewall } from "./firewall.ts";
import { subnetOf } from "./subnet.ts";

const base = { bridge: "berth0", subnet: subnetOf("10.88.0.0/16") };

function chain(ruleset: string, name: string): string {
  const [, body] = new RegExp(`chain ${name} \\{\\n([^}]*(?:\\{[^}]*\\}[^}]*)*)\\n  \\}`).exec(ruleset) ?? [];
  assert.ok(body !== undefined, `no chain ${name}`);
  return body;
}

test("replaces the whole table in one transaction", () => {
  const text = renderFirewall({ ...base, publications: [] });
  assert.ok(text.startsWith("table inet berth\ndelete table inet berth\ntable inet berth {\n"));
});

test("a published port leads to its workload from outside and from the device itself", () => {
  const text = renderFirewall({
    ...base,
    publications: [{ workload: "web", address: "10.88.0.9", host: 8080, container: 80, protocol: "tcp" }],
  });
  assert.match(chain(text, "prerouting"), /tcp dport 8080 dnat ip to 10\.88\.0\.9:80/);
  assert.match(chain(text, "output"), /ip daddr != 127\.0\.0\.0\/8 tcp dport 8080 dnat ip to 10\.88\.0\.9:80/);
});

test("keeps TCP and UDP of one number apart", () => {
  const text = renderFirewall({
    ...base,
    publications: [
      { workload: "dns", address: "10.88.0.9", host: 5353, container: 53, protocol: "tcp" },
      { workload: "dns", address: "10.88.0.9", host: 5353, container: 53, protocol: "udp" },
    ],
  });
  assert.match(text, /tcp dport 5353 dnat/);
  assert.match(text, /udp dport 5353 dnat/);
});

test("with nothing published no port leads anywhere, and forwarding stays closed", () => {
  const text = renderFirewall({ ...base, publications: [] });
  assert.ok(!text.includes("dnat ip to"));
  assert.match(chain(text, "forward"), /policy drop/);
});

test("workloads reach the device's resolver only", () => {
  const input = chain(renderFirewall({ ...base, publications: [] }), "input")
    .trim()
    .split("\n");
  assert.match(input.find((rule) => rule.includes("dport")) ?? "", /ip daddr 10\.88\.0\.1 .* dport 53 accept/);
  assert.match(input.at(-1) ?? "", /reject/);
});
