import { X509Certificate } from "node:crypto";
import type { ExtendedKeyUsage } from "@peculiar/x509";

/** A certificate and its private key, both PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  /** PKCS#8. A secret. */
  readonly privateKey: string;
}

/** Other names a certificate is for. */
export interface AlternativeNames {
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
}

/** What a certificate may be used for: TLS as a server or a client, or signing update bundles. */
export type CertificateUsage = "server" | "client" | "bundle";

interface Term {
  /** From now on, but for a day before, since clocks differ. */
  readonly days: number;
  readonly now?: Date;
  /** Since when it holds, where whoever checks it may have a clock that is further behind. */
  readonly since?: Date;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };
const DAY = 24 * 60 * 60 * 1000;

/** Makes a server's certificate that nobody else vouches for, with a new EC P-256 key. */
export async function makeSelfSigned(
  options: { commonName: string; altNames: AlternativeNames } & Term,
): Promise<KeyedCertificate> {
  const x509 = await library();
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...term(options),
    name: await subject(options.commonName),
    keys,
    signingAlgorithm: SIGNING,
    extensions: await leafExtensions(keys.publicKey, options.altNames, "server"),
  });
  return { certificate: certificate.toString("pem"), privateKey: await exportKey(keys.privateKey) };
}

/** Makes a certificate authority: it may sign certificates of servers and clients, not of other authorities. */
export async function makeAuthority(name: string, options: Term = { days: 3650 }): Promise<KeyedCertificate> {
  const x509 = await library();
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...term(options),
    name: await subject(name),
    keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), privateKey: await exportKey(keys.privateKey) };
}

/** Makes a certificate with a new EC P-256 key, signed by `authority`. */
export async function issue(
  options: {
    authority: KeyedCertificate;
    commonName: string;
    altNames?: AlternativeNames;
    usage: CertificateUsage;
  } & Term,
): Promise<KeyedCertificate> {
  const x509 = await library();
  const issuer = new x509.X509Certificate(options.authority.certificate);
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...term(options),
    subject: await subject(options.commonName),
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: await importKey(options.authority.privateKey),
    signingAlgorithm: SIGNING,
    extensions: [
      ...(await leafExtensions(keys.publicKey, options.altNames ?? {}, options.usage)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), privateKey: await exportKey(keys.privateKey) };
}

/** SHA-256 over the certificate's DER, in pairs of hexadecimal digits with colons, as browsers and openssl show it. */
export function fingerprint(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256;
}

/** Loaded when first used: most starts of a service find the certificate made. */
async function library() {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

async function leafExtensions(publicKey: CryptoKey, names: AlternativeNames, usage: CertificateUsage) {
  const x509 = await library();
  const alternatives = [
    ...(names.dns ?? []).map((value) => ({ type: "dns", value }) as const),
    ...(names.ip ?? []).map((value) => ({ type: "ip", value }) as const),
  ];
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension(purposesOf(usage, x509.ExtendedKeyUsage)),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
    ...(alternatives.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : []),
  ];
}

function purposesOf(usage: CertificateUsage, known: typeof ExtendedKeyUsage): ExtendedKeyUsage[] {
  switch (usage) {
    case "server":
      return [known.serverAuth];
    case "client":
      return [known.clientAuth];
    case "bundle":
      // RAUC checks a bundle's signer as OpenSSL does for S/MIME unless its configuration says check-purpose=codesign.
      return [known.codeSigning, known.emailProtection];
  }
}

/** A subject of one common name. As an object, since the library reads quotes and escapes in plain texts. */
async function subject(utf8String: string) {
  const { Name } = await library();
  return new Name([{ CN: [{ utf8String }] }]);
}

function term({ days, now = new Date(), since }: Term): { notBefore: Date; notAfter: Date } {
  return { notBefore: since ?? new Date(now.getTime() - DAY), notAfter: new Date(now.getTime() + days * DAY) };
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function exportKey(key: CryptoKey): Promise<string> {
  const { PemConverter } = await library();
  return PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

async function importKey(pem: string): Promise<CryptoKey> {
  const { PemConverter } = await library();
  return crypto.subtle.importKey("pkcs8", PemConverter.decodeFirst(pem), ALGORITHM, false, ["sign"]);
}
