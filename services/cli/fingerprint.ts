import { failure, type Result, success } from "../model/result.ts";

/**
 * A certificate's SHA-256 fingerprint as OpenSSL prints it: 32 upper-case bytes with colons. Taken with or without
 * colons, in either case, with or without `SHA256:` before it.
 */
export function parseFingerprint(text: string): Result<string> {
  const digits = text
    .trim()
    .replace(/^sha-?256[:= ]/i, "")
    .replaceAll(":", "")
    .toUpperCase();
  if (!/^[0-9A-F]{64}$/.test(digits)) {
    return failure({
      code: "usage",
      message: "this is not a certificate's fingerprint",
      field: "--fingerprint",
      value: text,
      allowed: "SHA-256: 64 hexadecimal digits, with or without colons",
    });
  }
  return success((digits.match(/../g) ?? []).join(":"));
}
