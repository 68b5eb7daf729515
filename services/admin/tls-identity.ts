import { createPrivateKey, X509Certificate } from "node:crypto";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { writeFileAtomically } from "../host/atomic-file.ts";
import { type KeyedCertificate, makeSelfSigned } from "../host/certificate.ts";
import { readIfThere } from "../host/files.ts";

const FILE = "https.pem";
/** Twenty years: a device has nobody beside it to renew a certificate that people compared by hand. */
const DAYS = 7300;

/** The certificate the service shows, and why it is a new one where it had another before. */
export interface TlsIdentity extends KeyedCertificate {
  readonly fingerprint: string;
  readonly made: "kept" | "first" | "replaced";
}

/**
 * The device's HTTPS certificate: made once, then kept in one file of `directory` (mode 0600), so that its fingerprint
 * stays. A kept one that cannot be read as what it is, or has run out, is replaced.
 */
export async function loadTlsIdentity(
  directory: string,
  names: { readonly device: string; readonly hostname: string },
  now: Date,
): Promise<TlsIdentity> {
  const path = join(directory, FILE);
  const text = await readIfThere(path);
  const kept = text === undefined ? undefined : parseIdentity(text, now);
  if (kept !== undefined) return { ...kept, made: "kept" };
  const pair = await makeSelfSigned({ commonName: names.hostname, altNames: alternativeNames(names), days: DAYS, now });
  await writeFileAtomically(path, `${pair.privateKey.trim()}\n${pair.certificate.trim()}\n`, { mode: 0o600 });
  const { fingerprint256 } = new X509Certificate(pair.certificate);
  return { ...pair, fingerprint: fingerprint256, made: text === undefined ? "first" : "replaced" };
}

function alternativeNames({ device, hostname }: { readonly device: string; readonly hostname: string }) {
  const hosts = new Set([hostname, device]);
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address)
    .filter((address) => !address.includes("%") && !address.toLowerCase().startsWith("fe80:"));
  return {
    dns: [...[...hosts].flatMap((host) => [host, `${host}.local`]), "localhost"],
    ip: [...new Set(["127.0.0.1", "::1", ...own])],
  };
}

function parseIdentity(text: string, now: Date): Omit<TlsIdentity, "made"> | undefined {
  const [privateKey] = /-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----/.exec(text) ?? [];
  const [certificate] = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(text) ?? [];
  if (privateKey === undefined || certificate === undefined) return undefined;
  try {
    const parsed = new X509Certificate(certificate);
    if (!parsed.checkPrivateKey(createPrivateKey(privateKey)) || Date.parse(parsed.validTo) < now.getTime()) {
      return undefined;
    }
    return { certificate, privateKey, fingerprint: parsed.fingerprint256 };
  } catch {
    return undefined;
  }
}
