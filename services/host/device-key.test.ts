import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { ReasonError } from "../model/reason.ts";
import { signJws, verifyJws } from "../model/signature.ts";
import { loadDeviceKey } from "./device-key.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-key-"));
  path = join(folder, "device.key");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("the key is made once, privately, and is the same at each start", async () => {
  const first = await loadDeviceKey(path);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ["device.key"]);
  chmodSync(path, 0o644);
  const second = await loadDeviceKey(path);
  assert.equal(second.publicKey, first.publicKey);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const jws = await signJws({ a: 1 }, { identity: second, keyId: "device", type: "berth-receipt" });
  const keys = new Map([["device", first.publicKey]]);
  assert.ok((await verifyJws(jws, { keys, type: "berth-receipt" })).ok);
});

for (const content of ["", "-----BEGIN PRIVATE KEY-----\nMC4C", "certainly no key"]) {
  test(`a key file that holds ${JSON.stringify(content)} is not replaced`, async () => {
    writeFileSync(path, content);
    await assert.rejects(loadDeviceKey(path), (error) => {
      assert.ok(error instanceof ReasonError);
      assert.equal(error.reason.code, "device-key-invalid");
      assert.ok(error.reason.message.includes(path));
      return true;
    });
    assert.equal(readFileSync(path, "utf8"), content);
  });
}
