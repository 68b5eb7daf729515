import { z } from "zod";

const Base64Url = z.string().regex(/^[A-Za-z0-9_-]+$/, "base64url");

/** A JSON Web Signature in flattened JSON form, alg EdDSA with Ed25519 (RFC 7515 §7.2.2, RFC 8037). */
export const FlattenedJws = z.strictObject({
  protected: Base64Url.max(1024),
  payload: Base64Url.max(1_048_576),
  signature: Base64Url.max(128),
});
export type FlattenedJws = z.infer<typeof FlattenedJws>;
