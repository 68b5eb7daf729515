import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { failure, type Result, success } from "../model/result.ts";

const KEY_TYPE = "ed25519";

/**
 * Signs a release's checksum file: 64 bytes, a raw Ed25519 signature over the file's bytes (RFC 8032), as
 * `openssl pkeyutl -verify -rawin` reads it. Throws an Error when `privateKey` (PEM) is no Ed25519 key.
 */
export function signRelease(checksums: Uint8Array, privateKey: string): Uint8Array {
  const key = createPrivateKey(privateKey);
  if (key.asymmetricKeyType !== KEY_TYPE) throw new Error("the release key is no Ed25519 private key");
  return sign(null, checksums, key);
}

/**
 * Checks a release's signature against a public key in PEM. Fails with `release-key-invalid` or
 * `release-signature-invalid`.
 */
export function verifyRelease(checksums: Uint8Array, signature: Uint8Array, publicKey: string): Result<void> {
  const key = readPublicKey(publicKey);
  if (key?.asymmetricKeyType !== KEY_TYPE) {
    return failure({
      code: "release-key-invalid",
      message: "the key to check the release with is no Ed25519 public key",
      field: "--key",
      allowed: "an Ed25519 public key in PEM, such as release.pub.pem",
    });
  }
  if (verify(null, checksums, key, signature)) return success(undefined);
  return failure({
    code: "release-signature-invalid",
    message: "the release's signature does not fit its checksum file and this key",
  });
}

function readPublicKey(pem: string): KeyObject | undefined {
  // A private key would do for node:crypto. It has no business where releases are checked.
  if (pem.includes("PRIVATE KEY")) return undefined;
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}
