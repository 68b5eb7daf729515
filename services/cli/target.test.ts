import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArguments } from "./arguments.ts";
import { DEVICE_OPTIONS, resolveFleet, resolveTarget } from "./target.ts";

type Environment = Record<string, string>;

function args(words: string) {
  const parsed = parseArguments(words.split(" ").filter(Boolean), DEVICE_OPTIONS);
  assert(parsed.ok);
  return parsed.value;
}

function target(words: string, env: Environment = {}) {
  const resolved = resolveTarget(args(words), env);
  assert(resolved.ok, resolved.ok ? "" : resolved.reason.message);
  return resolved.value;
}

function refusal(words: string, env: Environment = {}) {
  const resolved = resolveTarget(args(words), env);
  assert(!resolved.ok);
  assert.equal(resolved.reason.code, "usage");
  return resolved.reason;
}

const PRINT = "ab".repeat(32);
const PINNED = Array.from({ length: 32 }, () => "AB").join(":");

test("with nothing named it is the device itself", () => {
  assert.deepEqual(target(""), { kind: "local", socket: "/run/berth/supervisor.sock" });
  assert.deepEqual(target("", { BERTH_SOCKET: "/tmp/s", BERTH_TOKEN: "x" }), { kind: "local", socket: "/tmp/s" });
});

test("a host takes its token and fingerprint from the environment", () => {
  assert.deepEqual(target("--host device.local", { BERTH_TOKEN: "secret", BERTH_FINGERPRINT: PRINT }), {
    kind: "host",
    base: "https://device.local",
    token: { kind: "given", token: "secret" },
    trust: { kind: "fingerprint", fingerprint: PINNED },
  });
});

test("options win over the environment", () => {
  const env = { BERTH_HOST: "https://a", BERTH_TOKEN: "t", BERTH_FINGERPRINT: PRINT };
  assert.deepEqual(target("--host https://b:8443 --ca ca.pem --token-file t.txt", env), {
    kind: "host",
    base: "https://b:8443",
    token: { kind: "file", path: "t.txt" },
    trust: { kind: "authority", path: "ca.pem" },
  });
  assert.equal(target("--device web1 --fleet http://127.0.0.1:9", { ...env, BERTH_FLEET_TOKEN: "t" }).kind, "fleet");
});

test("a device of the fleet finds the token in the fleet's directory", () => {
  assert.deepEqual(target("--device web1", { BERTH_FLEET: "http://localhost:8080", BERTH_FLEET_DIR: "/var/fleet" }), {
    kind: "fleet",
    device: "web1",
    base: "http://localhost:8080",
    token: { kind: "file", path: "/var/fleet/token" },
    trust: { kind: "system" },
  });
});

test("what cannot be meant is refused", () => {
  const token = { BERTH_TOKEN: "t", BERTH_FLEET_TOKEN: "t" };
  assert.match(refusal("--device a --host b", token).message, /both/);
  assert.match(refusal("", { BERTH_DEVICE: "a", BERTH_HOST: "b" }).message, /both/);
  assert.match(refusal("--device a", token).message, /fleet's address/);
  assert.match(refusal("--host b").message, /no token/);
  assert.match(refusal("--host http://192.0.2.1", token).message, /unencrypted/);
  assert.match(refusal("--host https://b/v1", token).message, /more than a host/);
  assert.match(refusal("--host https://u:p@b", token).message, /name or password/);
  assert.match(refusal("--host https://b --insecure --ca x", token).message, /two ways/);
  assert.equal(refusal("--host https://b --fingerprint 12", token).value, "12");
  assert.match(refusal("--device Not_a_name --fleet https://b", token).message, /no device's name/);
  assert.match(refusal("--fingerprint 12").message, /none is named/);
});

test("the fleet alone needs no device", () => {
  const fleet = resolveFleet(args("--fleet fleet.example"), { BERTH_FLEET_TOKEN: "t" });
  assert(fleet.ok);
  assert.equal(fleet.value.base, "https://fleet.example");
});
