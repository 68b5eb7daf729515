import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { loadTlsIdentity } from "./tls-identity.ts";

const NAMES = { device: "demo", hostname: "porch" };
const NOW = new Date("2026-01-01T00:00:00Z");
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-admin-tls-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

test("it is made once, for the device's names and addresses, and only its owner can read it", async () => {
  const first = await loadTlsIdentity(directory, NAMES, NOW);
  assert.equal(first.made, "first");
  assert.equal(statSync(join(directory, "https.pem")).mode & 0o777, 0o600);
  const certificate = new X509Certificate(first.certificate);
  for (const host of ["demo", "demo.local", "porch", "porch.local", "localhost"]) assert(certificate.checkHost(host));
  assert(certificate.checkIP("127.0.0.1"));
  const again = await loadTlsIdentity(directory, NAMES, NOW);
  assert.equal(again.made, "kept");
  assert.equal(again.fingerprint, first.fingerprint);
  assert.equal(again.fingerprint, certificate.fingerprint256);
});

test("one that a power cut tore or that has run out is replaced", async () => {
  const first = await loadTlsIdentity(directory, NAMES, NOW);
  writeFileSync(join(directory, "https.pem"), `${first.privateKey}\n${first.certificate.slice(0, 200)}`);
  const second = await loadTlsIdentity(directory, NAMES, NOW);
  assert.equal(second.made, "replaced");
  assert.notEqual(second.fingerprint, first.fingerprint);
  const late = await loadTlsIdentity(directory, NAMES, new Date("2050-01-01T00:00:00Z"));
  assert.equal(late.made, "replaced");
});
