import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { renderFirewall } from "./firewall.ts";
import type { Publication } from "./publication.ts";
import { subnetOf } from "./subnet.ts";
import { ulaSubnet } from "./ula.ts";

const subnet = subnetOf("10.88.0.0/16");
const base = { bridge: "berth0", subnet, subnet6: ulaSubnet("fd12:3456:789a", subnet) };
const to = { v4: "10.88.0.9", v6: "fd12:3456:789a::a58:9" };
const web: Publication = { workload: "web", to, host: 8080, container: 80, protocol: "tcp" };

function chain(ruleset: string, name: string): string {
  const [, body] = new RegExp(`chain ${name} \\{\\n([^}]*(?:\\{[^}]*\\}[^}]*)*)\\n  \\}`).exec(ruleset) ?? [];
  assert.ok(body !== undefined, `no chain ${name}`);
  return body;
}

function ruleset(...publications: Publication[]): string {
  return renderFirewall({ ...base, publications });
}

test("replaces the whole table in one transaction", () => {
  assert.ok(ruleset().startsWith("table inet berth\ndelete table inet berth\ntable inet berth {\n"));
});

test("a published port leads to its workload from outside and from the device itself, in both families", () => {
  const text = ruleset(web);
  assert.match(chain(text, "prerouting"), /ip daddr != 127\.0\.0\.0\/8 tcp dport 8080 dnat ip to 10\.88\.0\.9:80/);
  assert.match(chain(text, "prerouting"), /tcp dport 8080 dnat ip6 to \[fd12:3456:789a::a58:9\]:80/);
  assert.match(
    chain(text, "output"),
    /ip daddr != 127\.0\.0\.2-127\.255\.255\.255 tcp dport 8080 dnat ip to 10\.88\.0\.9:80/,
  );
});

test("a port published at an address leads from there only, and at 127.0.0.1 from the device alone", () => {
  const text = ruleset({ ...web, address: "192.168.1.5" }, { ...web, host: 9090, address: "127.0.0.1" });
  assert.match(chain(text, "prerouting"), /ip daddr 192\.168\.1\.5 tcp dport 8080 dnat/);
  assert.doesNotMatch(text, /dnat ip6/);
  assert.doesNotMatch(chain(text, "prerouting"), /9090/);
  assert.match(chain(text, "output"), /ip daddr 127\.0\.0\.1 tcp dport 9090 dnat/);
});

test("a port published on an interface leads from there only", () => {
  const text = ruleset({ ...web, interface: "eth1" });
  assert.match(chain(text, "prerouting"), /iifname "eth1" meta nfproto ipv4 .* tcp dport 8080 dnat/);
  assert.doesNotMatch(chain(text, "output"), /8080/);
});

test("each port of a range leads to its own", () => {
  const same = ruleset({ ...web, host: "8000-8010", container: "8000-8010" });
  assert.match(chain(same, "prerouting"), /tcp dport 8000-8010 dnat ip to 10\.88\.0\.9 comment/);
  const shifted = ruleset({ ...web, host: "8000-8001", container: "80-81" });
  assert.match(shifted, /tcp dport 8000-8001 dnat ip to 10\.88\.0\.9 : tcp dport map \{ 8000 : 80, 8001 : 81 \}/);
});

test("keeps TCP and UDP of one number apart", () => {
  const dns: Publication = { ...web, host: 5353, container: 53 };
  const text = ruleset(dns, { ...dns, protocol: "udp" });
  assert.match(text, /tcp dport 5353 dnat/);
  assert.match(text, /udp dport 5353 dnat/);
});

test("a workload on the device's own network hears of the ports it declares, and nothing leads anywhere", () => {
  const text = ruleset({ ...web, to: undefined });
  assert.match(chain(text, "input"), /meta nfproto ipv4 tcp dport 8080 accept comment "web"/);
  assert.doesNotMatch(text, /dnat ip/);
});

test("with nothing published no port leads anywhere, and the device is closed but for its own", () => {
  const text = ruleset();
  assert.doesNotMatch(text, /dnat ip/);
  assert.match(chain(text, "forward"), /policy drop/);
  assert.match(chain(text, "input"), /policy drop/);
  assert.deepEqual(
    [...chain(text, "input").matchAll(/(tcp|udp) dport (\d+) accept/g)].map(
      ([, protocol, port]) => `${port}/${protocol}`,
    ),
    ["68/udp", "546/udp", "443/tcp"],
  );
});

test("workloads reach the device's resolver only", () => {
  const rules = chain(ruleset(), "workloads").trim().split("\n");
  assert.match(rules.find((rule) => rule.includes("dport")) ?? "", /ip daddr 10\.88\.0\.1 .* dport 53 accept/);
  assert.match(rules.at(-1) ?? "", /drop/);
});

test("what is open at boot, before the supervisor, is what is open without workloads", () => {
  const atBoot = readFileSync(new URL("../../image/rootfs/usr/lib/berth/firewall.nft", import.meta.url), "utf8");
  const rules = (text: string) =>
    chain(text, "input")
      .split("\n")
      .filter((rule) => !rule.includes("berth0"));
  assert.deepEqual(rules(atBoot), rules(ruleset()));
});
