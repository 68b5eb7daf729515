import type { Reason } from "../model/reason.ts";

/** Codes with which TLS refuses the other side's certificate: Node's X509 codes, which Bun gives as well (node:tls). */
const CERTIFICATE_CODES = new Set([
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
  "UNABLE_TO_DECRYPT_CERT_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_SIGNATURE_FAILURE",
  "CERT_CHAIN_TOO_LONG",
  "CERT_REVOKED",
  "CERT_REJECTED",
  "CERT_UNTRUSTED",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "PATH_LENGTH_EXCEEDED",
  "HOSTNAME_MISMATCH",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** CONNACK reason codes that say who we are is not enough (MQTT 5 §3.2.2.2). */
const REFUSED_CODES = new Set([133, 134, 135, 138, 140]);

/**
 * Why a link to a broker failed, for a person who can act on it.
 *
 * @param broker the broker's address as configured
 * @param now the device's own time, named where a certificate's dates are the trouble
 */
export function linkProblem(error: unknown, broker: string, now: Date): Reason {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === "CERT_NOT_YET_VALID" || code === "CERT_HAS_EXPIRED") {
    return {
      code: "broker-certificate-invalid",
      message: `the certificate of ${broker} is not valid at this device's time, ${now.toISOString()}: ${message}`,
      field: "fleet.broker",
      value: broker,
      allowed: "a certificate whose dates hold at the device's time",
    };
  }
  if (typeof code === "string" && CERTIFICATE_CODES.has(code)) {
    return {
      code: "broker-certificate-invalid",
      message: `the certificate of ${broker} is not to be trusted: ${message}`,
      field: "fleet.ca",
      allowed: "a broker whose certificate names its host and comes from an authority in fleet.ca",
    };
  }
  if (typeof code === "string" && (/ALERT/.test(code) || code === "EPROTO")) {
    return {
      code: "client-certificate-refused",
      message: `${broker} refused this client's certificate: ${message}`,
      field: "fleet.certificate",
      allowed: "a certificate from an authority that the broker trusts",
    };
  }
  if (typeof code === "number" && REFUSED_CODES.has(code)) {
    return { code: "broker-refused", message: `${broker} refused this client: ${message}` };
  }
  return {
    code: "broker-unreachable",
    message: `${broker} cannot be reached: ${message}`,
    field: "fleet.broker",
    value: broker,
  };
}

function codeOf(error: unknown): string | number | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "string" || typeof code === "number" ? code : undefined;
}
