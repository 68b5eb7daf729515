import * as base64url from "jose/base64url";
import { FlattenedSign } from "jose/jws/flattened/sign";
import { flattenedVerify } from "jose/jws/flattened/verify";
import { exportPKCS8 } from "jose/key/export";
import { generateKeyPair } from "jose/key/generate/keypair";
import { importPKCS8 } from "jose/key/import";
import { z } from "zod";
import type { FlattenedJws } from "./flattened-jws.ts";
import { failure, type Result, success } from "./result.ts";

/** What a signature is for: the JWS header's `typ`, so that a signed receipt is never taken for an order. */
export type SignatureType = "berth-order" | "berth-receipt";

/** A private key ready to sign, with the public key that checks it. */
export interface SigningIdentity {
  /** Raw Ed25519 public key, 32 bytes in base64url. */
  readonly publicKey: string;
  readonly key: CryptoKey;
}

const ALGORITHM = "EdDSA";

/** A JWS header as far as it is read here. Any further member is under the signature and has no effect. */
const Header = z.object({
  alg: z.string(),
  typ: z.string().optional(),
  kid: z.string().optional(),
  crit: z.unknown().optional(),
});

/** Makes an Ed25519 key: the private one as a PKCS#8 PEM block, the public one as 32 raw bytes in base64url. */
export async function generateSigningKey(): Promise<{ privateKey: string; publicKey: string }> {
  const pair = await generateKeyPair(ALGORITHM, { crv: "Ed25519", extractable: true });
  return { privateKey: await exportPKCS8(pair.privateKey), publicKey: await rawPublicKey(pair.privateKey) };
}

/** Reads an Ed25519 private key from its PKCS#8 PEM block. Throws when it is not one. The key cannot be read back. */
export async function importSigningKey(pem: string): Promise<SigningIdentity> {
  const readable = await importPKCS8(pem, ALGORITHM, { extractable: true });
  return { publicKey: await rawPublicKey(readable), key: await importPKCS8(pem, ALGORITHM) };
}

/**
 * Signs `payload` as JSON: a JWS in flattened JSON form whose protected header holds alg, typ and kid.
 * Source: RFC 7515 §7.2.2, RFC 8037 §3.1.
 */
export async function signJws(
  payload: unknown,
  options: { identity: SigningIdentity; keyId: string; type: SignatureType },
): Promise<FlattenedJws> {
  const signed = await new FlattenedSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: ALGORITHM, typ: options.type, kid: options.keyId })
    .sign(options.identity.key);
  return { protected: signed.protected ?? "", payload: signed.payload, signature: signed.signature };
}

/**
 * Checks a signature and gives what was signed, and by which key. Accepts only EdDSA with one of `keys` (key id → raw
 * Ed25519 public key in base64url), only headers of the wanted `typ`, and none with `crit`.
 * Reasons: signature-missing (nothing is signed), signature-key-unknown (its `allowed` names the key ids),
 * signature-invalid (any other fault of header or signature), invalid-payload (rightly signed, but not JSON).
 */
export async function verifyJws(
  jws: FlattenedJws,
  options: { keys: ReadonlyMap<string, string>; type: SignatureType },
): Promise<Result<{ payload: unknown; keyId: string }>> {
  const header = Header.safeParse(decodeJson(jws.protected));
  if (!header.success)
    return invalid("the protected header is not a JSON object with alg", "protected", undefined, "a JWS header");
  const { alg, typ, kid, crit } = header.data;
  if (jws.signature === "" || alg.toLowerCase() === "none") {
    return failure({ code: "signature-missing", message: "it is not signed", field: "signature", allowed: ALGORITHM });
  }
  if (alg !== ALGORITHM) return invalid("it is signed with another algorithm", "protected.alg", alg, ALGORITHM);
  if (typ !== options.type) return invalid("the signature is for something else", "protected.typ", typ, options.type);
  if (crit !== undefined) return invalid("the header demands extensions", "protected.crit", crit, "no crit");

  const publicKey = kid === undefined ? undefined : options.keys.get(kid);
  if (kid === undefined || publicKey === undefined) {
    const known = [...options.keys.keys()];
    return failure({
      code: "signature-key-unknown",
      message: kid === undefined ? "the signature names no key" : `key ${JSON.stringify(kid)} is not trusted here`,
      field: "protected.kid",
      ...(kid === undefined ? {} : { value: kid }),
      allowed: known.length > 0 ? known.join(", ") : "no key: none is configured",
    });
  }
  try {
    await flattenedVerify(jws, await importPublicKey(publicKey), { algorithms: [ALGORITHM] });
  } catch {
    const what = `the signature does not match the content and key ${JSON.stringify(kid)}`;
    return invalid(what, "signature", undefined, "a signature of this very content with that key");
  }
  const payload = decodeJson(jws.payload);
  if (payload === undefined) return failure({ code: "invalid-payload", message: "what is signed is not JSON" });
  return success({ payload, keyId: kid });
}

/** What a JWS claims to hold, with nothing checked: only to name what was refused. Undefined when it is not JSON. */
export function readUnverifiedPayload(jws: FlattenedJws): unknown {
  return decodeJson(jws.payload);
}

function invalid(what: string, field: string, value?: unknown, allowed?: string): Result<never> {
  return failure({
    code: "signature-invalid",
    message: what,
    field,
    ...(value === undefined ? {} : { value }),
    ...(allowed === undefined ? {} : { allowed }),
  });
}

/** The JSON value inside base64url text, or undefined: JSON itself has no undefined. */
function decodeJson(text: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(base64url.decode(text)));
  } catch {
    return undefined;
  }
}

function importPublicKey(raw: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", Uint8Array.from(base64url.decode(raw)), "Ed25519", false, ["verify"]);
}

async function rawPublicKey(privateKey: CryptoKey): Promise<string> {
  const { x } = await crypto.subtle.exportKey("jwk", privateKey);
  if (x === undefined) throw new TypeError("not an Ed25519 key");
  return x;
}
