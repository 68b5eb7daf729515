import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { parseConfigurationFile } from "../host/configuration/parse-file.ts";
import { ReasonError } from "../model/reason.ts";
import { fleetPaths, initFleet, readFleet } from "./directory.ts";
import { enrolDevice } from "./enrol.ts";
import { openRegistry } from "./registry.ts";

const now = new Date("2026-01-01T00:00:00Z");
let folder: string;
let directory: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-fleet-"));
  directory = join(folder, "fleet");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const init = () =>
  initFleet({ directory, altNames: { dns: ["broker.test"], ip: ["10.0.2.2"] }, brokerPort: 8883, now });
const enrol = (name: string, more: { replace?: boolean; broker?: string; token?: string } = {}) =>
  enrolDevice({ directory, name, broker: "mqtts://broker.test", now, ...more });

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ReasonError) return error.reason.code;
    throw error;
  }
  return "nothing thrown";
}

describe("a fleet's directory", () => {
  test("is made once, and left as it is the second time", async () => {
    assert.equal(await init(), true);
    const key = readFileSync(fleetPaths(directory).signingKey, "utf8");
    assert.equal(await init(), false);
    assert.equal(readFileSync(fleetPaths(directory).signingKey, "utf8"), key);
    assert.deepEqual(readdirSync(folder), ["fleet"]);
  });

  test("is its owner's alone, every file of it", async () => {
    await init();
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      assert.equal(statSync(join(directory, entry.name)).mode & 0o077, 0, entry.name);
    }
  });

  test("is not made over something else", async () => {
    await init();
    rmSync(fleetPaths(directory).settings);
    assert.equal(await codeOf(init()), "directory-not-empty");
    assert.equal(await codeOf(readFleet(directory)), "fleet-not-found");
  });

  test("holds a broker's certificate for the names asked for, from the fleet's authority", async () => {
    await init();
    const paths = fleetPaths(directory);
    const broker = new X509Certificate(readFileSync(paths.broker.certificate));
    const authority = new X509Certificate(readFileSync(paths.authority.certificate));
    assert(broker.checkIssued(authority) && broker.verify(authority.publicKey));
    assert.equal(broker.checkHost("broker.test"), "broker.test");
    assert.equal(broker.checkIP("10.0.2.2"), "10.0.2.2");
    assert.match(
      readFileSync(paths.broker.configuration, "utf8"),
      new RegExp(`certfile ${paths.broker.certificate}\n`),
    );
  });
});

describe("enrolment", () => {
  test("writes a configuration the device takes, with its own certificate and the fleet's key", async () => {
    await init();
    const { path } = await enrol("demo", { token: "sixteen-characters" });
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const parsed = parseConfigurationFile(readFileSync(path), "test");
    assert(parsed.ok, JSON.stringify(parsed));
    const { device, fleet, admin } = parsed.configuration;
    assert.equal(device, "demo");
    assert.equal(admin?.token, "sixteen-characters");
    const own = new X509Certificate(fleet?.certificate ?? "");
    assert.equal(own.subject, "CN=demo");
    assert(own.verify(new X509Certificate(fleet?.ca ?? "").publicKey));
    const { signing } = await readFleet(directory);
    assert.deepEqual(fleet?.signingKeys, [{ id: signing.keyId, publicKey: signing.identity.publicKey }]);
  });

  test("gives a name once, unless the device is to be replaced; the orders' sequence goes on", async () => {
    await init();
    await enrol("demo");
    const registry = openRegistry(fleetPaths(directory).database);
    registry.pin("demo", "key");
    assert.equal(registry.nextSequence("demo"), 1);
    assert.equal(await codeOf(enrol("demo")), "device-exists");
    await enrol("demo", { replace: true });
    assert.equal(registry.device("demo")?.publicKey, undefined);
    assert.equal(registry.nextSequence("demo"), 2);
    registry.close();
  });

  test("refuses names that are no device's and brokers that are none, and enrols nothing", async () => {
    await init();
    for (const name of ["fleet", "groups", "Demo", "a/b", ""])
      assert.equal(await codeOf(enrol(name)), "invalid-value", name);
    assert.equal(await codeOf(enrol("demo", { broker: "https://broker.test" })), "invalid-value");
    assert.equal(await codeOf(enrol("demo", { token: "short" })), "invalid-value");
    const registry = openRegistry(fleetPaths(directory).database);
    assert.deepEqual(registry.devices(), []);
    registry.close();
    writeFileSync(join(folder, "other"), "");
    assert.equal(
      await codeOf(enrolDevice({ directory: folder, name: "demo", broker: "mqtts://b", now })),
      "fleet-not-found",
    );
  });
});
