import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlattenedJws } from "./flattened-jws.ts";
import { FlattenedJws as FlattenedJwsSchema } from "./flattened-jws.ts";
import {
  generateSigningKey,
  importSigningKey,
  readUnverifiedPayload,
  type SigningIdentity,
  signJws,
  verifyJws,
} from "./signature.ts";

const PAYLOAD = { id: "order-0001", text: "ünïcode", nested: { list: [1, 2, 3] } };
const type = "berth-order";

function encode(value: unknown): string {
  return encodeBytes(new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value)));
}

function encodeBytes(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

async function identity(): Promise<SigningIdentity> {
  return importSigningKey((await generateSigningKey()).privateKey);
}

/** Signs any header and payload by WebCrypto alone, as a hostile holder of a trusted key could. */
async function signRaw(signer: SigningIdentity, header: unknown, payload: unknown): Promise<FlattenedJws> {
  const protectedHeader = encode(header);
  const body = encode(payload);
  const bytes = await crypto.subtle.sign("Ed25519", signer.key, new TextEncoder().encode(`${protectedHeader}.${body}`));
  return { protected: protectedHeader, payload: body, signature: encodeBytes(new Uint8Array(bytes)) };
}

async function codeOf(jws: FlattenedJws, keys: ReadonlyMap<string, string>): Promise<string> {
  const verified = await verifyJws(jws, { keys, type });
  return verified.ok ? "ok" : verified.reason.code;
}

test("what was signed comes back, with the key that signed it", async () => {
  const made = await generateSigningKey();
  const signer = await importSigningKey(made.privateKey);
  assert.match(made.privateKey, /^-----BEGIN PRIVATE KEY-----\n/);
  assert.match(made.publicKey, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(signer.publicKey, made.publicKey);
  const jws = await signJws(PAYLOAD, { identity: signer, keyId: "fleet-1", type });
  assert.ok(FlattenedJwsSchema.safeParse(jws).success);
  const verified = await verifyJws(jws, { keys: new Map([["fleet-1", made.publicKey]]), type });
  assert.deepEqual(verified, { ok: true, value: { payload: PAYLOAD, keyId: "fleet-1" } });
});

test("a signing key cannot be read back from the program", async () => {
  const signer = await identity();
  await assert.rejects(crypto.subtle.exportKey("pkcs8", signer.key));
});

test("any changed part is refused", async () => {
  const signer = await identity();
  const keys = new Map([["k", signer.publicKey]]);
  const jws = await signJws(PAYLOAD, { identity: signer, keyId: "k", type });
  const other = await signJws({ ...PAYLOAD, id: "order-0002" }, { identity: signer, keyId: "k", type });
  assert.equal(await codeOf({ ...jws, payload: other.payload }, keys), "signature-invalid");
  assert.equal(await codeOf({ ...jws, signature: other.signature }, keys), "signature-invalid");
  const header = encode({ alg: "EdDSA", typ: type, kid: "k", more: 1 });
  assert.equal(await codeOf({ ...jws, protected: header }, keys), "signature-invalid");
  assert.equal(await codeOf({ ...jws, protected: encode("not json") }, keys), "signature-invalid");
  assert.equal(await codeOf({ ...jws, protected: "!!!" }, keys), "signature-invalid");
  assert.equal(await codeOf({ ...jws, signature: "AAAA" }, keys), "signature-invalid");
});

test("a signature by another key under a trusted id is refused", async () => {
  const [trusted, stranger] = [await identity(), await identity()];
  const jws = await signJws(PAYLOAD, { identity: stranger, keyId: "k", type });
  assert.equal(await codeOf(jws, new Map([["k", trusted.publicKey]])), "signature-invalid");
});

test("an unknown key id is refused and the known ones are named", async () => {
  const signer = await identity();
  const jws = await signJws(PAYLOAD, { identity: signer, keyId: "old", type });
  const keys = new Map([
    ["fleet-1", signer.publicKey],
    ["fleet-2", signer.publicKey],
  ]);
  const verified = await verifyJws(jws, { keys, type });
  assert.ok(!verified.ok);
  assert.equal(verified.reason.code, "signature-key-unknown");
  assert.equal(verified.reason.value, "old");
  assert.equal(verified.reason.allowed, "fleet-1, fleet-2");
  const none = await verifyJws(jws, { keys: new Map(), type });
  assert.equal(none.ok ? undefined : none.reason.allowed, "no key: none is configured");
  const nameless = await signRaw(signer, { alg: "EdDSA", typ: type }, PAYLOAD);
  assert.equal(await codeOf(nameless, keys), "signature-key-unknown");
});

test("a receipt is not an order", async () => {
  const signer = await identity();
  const jws = await signJws(PAYLOAD, { identity: signer, keyId: "k", type: "berth-receipt" });
  const verified = await verifyJws(jws, { keys: new Map([["k", signer.publicKey]]), type });
  assert.ok(!verified.ok);
  assert.deepEqual(
    [verified.reason.code, verified.reason.field, verified.reason.value, verified.reason.allowed],
    ["signature-invalid", "protected.typ", "berth-receipt", "berth-order"],
  );
});

test("alg none, other algorithms and crit are refused, even when the signature itself is right", async () => {
  const signer = await identity();
  const keys = new Map([["k", signer.publicKey]]);
  const head = { typ: type, kid: "k" };
  assert.equal(await codeOf(await signRaw(signer, { ...head, alg: "none" }, PAYLOAD), keys), "signature-missing");
  assert.equal(await codeOf(await signRaw(signer, { ...head, alg: "HS256" }, PAYLOAD), keys), "signature-invalid");
  assert.equal(await codeOf(await signRaw(signer, { ...head, alg: "Ed25519" }, PAYLOAD), keys), "signature-invalid");
  const critical = { ...head, alg: "EdDSA", crit: ["b64"], b64: false };
  assert.equal(await codeOf(await signRaw(signer, critical, PAYLOAD), keys), "signature-invalid");
  assert.equal(
    await codeOf(await signRaw(signer, { ...head, alg: "EdDSA", crit: [] }, PAYLOAD), keys),
    "signature-invalid",
  );
  const unsigned = { ...(await signRaw(signer, { ...head, alg: "EdDSA" }, PAYLOAD)), signature: "" };
  assert.equal(await codeOf(unsigned, keys), "signature-missing");
  assert.equal(await codeOf(await signRaw(signer, { ...head, alg: "EdDSA" }, PAYLOAD), keys), "ok");
});

test("a rightly signed payload that is not JSON is refused", async () => {
  const signer = await identity();
  const jws = await signRaw(signer, { alg: "EdDSA", typ: type, kid: "k" }, "{torn");
  assert.equal(await codeOf(jws, new Map([["k", signer.publicKey]])), "invalid-payload");
});

test("a refused order's content can still be named", async () => {
  const signer = await identity();
  const jws = await signJws(PAYLOAD, { identity: signer, keyId: "unknown", type });
  assert.deepEqual(readUnverifiedPayload(jws), PAYLOAD);
  assert.equal(readUnverifiedPayload({ ...jws, payload: encode("{torn") }), undefined);
});

test("a key that is not Ed25519 in PKCS#8 is refused", async () => {
  await assert.rejects(importSigningKey("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"));
});

// RFC 8037 appendix A: the example key signs to the example signature only under its own header, so the known answer
// checked here is its public half.
test("the public key of RFC 8037's example is derived from its private key", async () => {
  const seed = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
  const bytes = Uint8Array.from(atob(seed.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  const prefix = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
  const body = btoa(String.fromCharCode(...prefix, ...bytes));
  const signer = await importSigningKey(`-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`);
  assert.equal(signer.publicKey, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
});
