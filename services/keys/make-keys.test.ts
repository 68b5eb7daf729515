import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { ReasonError } from "../model/reason.ts";
import { KEY_FILES } from "./key-files.ts";
import { makeKeys } from "./make-keys.ts";
import { signRelease, verifyRelease } from "./release-signature.ts";

let root: string;
let directory: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "berth-keys-"));
  directory = join(root, "below", "keys");
});
afterEach(() => rmSync(root, { recursive: true }));

const read = (name: string) => readFileSync(join(directory, name), "utf8");
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

test("secret files are their owner's alone, and every file that is told of is there", async () => {
  await makeKeys({ directory, days: 30 });
  assert.deepEqual(
    readdirSync(directory).sort(),
    Object.values(KEY_FILES)
      .map(({ name }) => name)
      .sort(),
  );
  assert.equal(mode(directory), "700");
  for (const { name, secret } of Object.values(KEY_FILES)) {
    assert.equal(mode(join(directory, name)), secret ? "600" : "644", name);
    assert.equal(read(name).includes("PRIVATE KEY"), secret, name);
  }
});

test("the bundle certificate is the authority's, holds as long as asked, and from long before", async () => {
  const now = new Date("2026-06-01T00:00:00Z");
  await makeKeys({ directory, days: 30, now });
  const authority = new X509Certificate(read(KEY_FILES.ca.name));
  const signer = new X509Certificate(read(KEY_FILES.certificate.name));
  assert(signer.checkIssued(authority) && signer.verify(authority.publicKey));
  assert(authority.ca && !signer.ca);
  assert.equal(new Date(signer.validTo).toISOString(), "2026-07-01T00:00:00.000Z");
  assert(new Date(signer.validFrom) < new Date("2021-01-01"), "a device's clock may be years behind");
});

test("existing keys stay as they are", async () => {
  await makeKeys({ directory, days: 30 });
  const before = Object.values(KEY_FILES).map(({ name }) => read(name));
  await assert.rejects(makeKeys({ directory, days: 30 }), (error) => {
    assert(error instanceof ReasonError);
    assert.deepEqual([error.reason.code, error.reason.value], ["keys-exist", directory]);
    return true;
  });
  assert.deepEqual(
    Object.values(KEY_FILES).map(({ name }) => read(name)),
    before,
  );
  assert.deepEqual(readdirSync(join(root, "below")), ["keys"], "nothing half made is left");
});

test("a folder that holds something else is left alone, and so is a file", async () => {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "letter"), "dear");
  await assert.rejects(makeKeys({ directory, days: 1 }), /not empty/);
  assert.deepEqual(readdirSync(directory), ["letter"]);
  const file = join(root, "file");
  writeFileSync(file, "text");
  await assert.rejects(makeKeys({ directory: file, days: 1 }), /not empty/);
  assert.equal(readFileSync(file, "utf8"), "text");
});

test("a release's signature holds for its bytes and its key only", async () => {
  await makeKeys({ directory, days: 1 });
  const other = join(root, "other");
  await makeKeys({ directory: other, days: 1 });
  const text = new TextEncoder().encode("checksums\n");
  const signature = signRelease(text, read(KEY_FILES.releaseKey.name));
  const key = read(KEY_FILES.releasePublicKey.name);
  const codeOf = (result: ReturnType<typeof verifyRelease>) => (result.ok ? "ok" : result.reason.code);
  assert.equal(signature.byteLength, 64);
  assert.equal(codeOf(verifyRelease(text, signature, key)), "ok");
  assert.equal(
    codeOf(verifyRelease(new TextEncoder().encode("checksum\n"), signature, key)),
    "release-signature-invalid",
  );
  const foreign = readFileSync(join(other, KEY_FILES.releasePublicKey.name), "utf8");
  assert.equal(codeOf(verifyRelease(text, signature, foreign)), "release-signature-invalid");
  for (const wrong of ["", "no key", read(KEY_FILES.certificate.name), read(KEY_FILES.releaseKey.name)]) {
    assert.equal(codeOf(verifyRelease(text, signature, wrong)), "release-key-invalid");
  }
  assert.throws(() => signRelease(text, read(KEY_FILES.key.name)), /no Ed25519/);
});
