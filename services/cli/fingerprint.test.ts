import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFingerprint } from "./fingerprint.ts";

const BYTES = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, "0"));
const WRITTEN = BYTES.join(":").toUpperCase();

test("every way people write a fingerprint is the same one", () => {
  for (const text of [WRITTEN, BYTES.join(""), `SHA256:${WRITTEN}`, `sha256=${BYTES.join("")}\n`]) {
    assert.deepEqual(parseFingerprint(text), { ok: true, value: WRITTEN });
  }
});

test("a SHA-1 fingerprint or a cut one is refused", () => {
  for (const text of ["", WRITTEN.slice(0, 59), `${WRITTEN}:00`, WRITTEN.replace("0A", "0G")]) {
    assert.equal(parseFingerprint(text).ok, false);
  }
});
