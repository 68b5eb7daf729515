import assert from "node:assert/strict";
import { test } from "node:test";
import { linkProblem } from "./link-problem.ts";

const now = new Date("2026-01-01T00:00:00Z");
const reasonCode = (code: string | number) =>
  linkProblem(Object.assign(new Error("no"), { code }), "mqtts://broker:8883", now);

test("a certificate from nobody we trust, or for another host, is named as such", () => {
  assert.equal(reasonCode("SELF_SIGNED_CERT_IN_CHAIN").code, "broker-certificate-invalid");
  assert.equal(reasonCode("UNABLE_TO_VERIFY_LEAF_SIGNATURE").code, "broker-certificate-invalid");
  assert.equal(reasonCode("ERR_TLS_CERT_ALTNAME_INVALID").code, "broker-certificate-invalid");
  assert.equal(reasonCode("ERR_TLS_CERT_ALTNAME_INVALID").field, "fleet.ca");
});

test("a certificate whose dates do not hold names the device's time, which may be what is wrong", () => {
  const reason = reasonCode("CERT_NOT_YET_VALID");
  assert.equal(reason.code, "broker-certificate-invalid");
  assert.match(reason.message, /2026-01-01T00:00:00/);
});

test("our own certificate refused is told apart from the broker's", () => {
  assert.equal(reasonCode("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA").code, "client-certificate-refused");
  assert.equal(reasonCode("ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED").code, "client-certificate-refused");
});

test("a refusal by the broker and a broker that is not there differ", () => {
  assert.equal(reasonCode(135).code, "broker-refused");
  assert.equal(reasonCode("ECONNREFUSED").code, "broker-unreachable");
  assert.equal(linkProblem("odd", "mqtt://b", now).code, "broker-unreachable");
});
