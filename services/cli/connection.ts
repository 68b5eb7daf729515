import { readFile } from "node:fs/promises";
import { type ApiClient, connect, type Endpoint } from "../api/client.ts";
import { ReasonError } from "../model/reason.ts";
import { fetchServerCertificate } from "./server-certificate.ts";
import type { Server, Target, TokenSource, Trust } from "./target.ts";

/** Makes the client for a device. Reads the files the target names; sends nothing yet, but for a pinned certificate. */
export async function connectDevice(target: Target): Promise<ApiClient> {
  switch (target.kind) {
    case "local":
      return connect({ base: "http://localhost", unix: target.socket, fetch: localFetch(target.socket) });
    case "host":
      return connect(await serverEndpoint(target));
    case "fleet":
      return connect({ ...(await serverEndpoint(target)), prefix: `/v1/devices/${target.device}` });
  }
}

/** The commonest mistake is to forget where the device is: with no supervisor here, that is what to say. */
function localFetch(socket: string): Fetch {
  return async (url, init) => {
    try {
      return await fetch(url, init);
    } catch (cause) {
      if (init.signal?.aborted) throw cause;
      throw new ReasonError(
        {
          code: "unreachable",
          message: `no supervisor answers at ${socket}; a device elsewhere is named by --device NAME or --host URL`,
        },
        { cause, transient: true },
      );
    }
  };
}

/** The address, token and TLS behaviour of a server. */
export async function serverEndpoint(server: Server): Promise<Required<Pick<Endpoint, "base" | "token" | "fetch">>> {
  const token = await readToken(server.token);
  return { base: server.base, token, fetch: await trustingFetch(server.base, server.trust) };
}

async function readToken(source: TokenSource): Promise<string> {
  const token = source.kind === "given" ? source.token : (await readText(source.path, "token")).trim();
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new ReasonError({
      code: "invalid-token",
      message: `${source.kind === "file" ? source.path : "the environment"} holds no usable token`,
      allowed: "one line of visible ASCII characters",
    });
  }
  return token;
}

type Fetch = NonNullable<Endpoint["fetch"]>;

async function trustingFetch(base: string, trust: Trust): Promise<Fetch> {
  switch (trust.kind) {
    case "insecure":
      return (url, init) => fetch(url, { ...init, tls: { rejectUnauthorized: false } });
    case "authority":
      return explaining(base, { ca: await readText(trust.path, "certificates") });
    case "fingerprint":
      return pinnedFetch(base, trust.fingerprint);
    case "system":
      return explaining(base, {});
  }
}

/**
 * Trusts one certificate alone: it is fetched first and compared, and then is the only authority of each connection, so
 * that nobody can present another one later. Its names do not matter: the fingerprint says more.
 */
async function pinnedFetch(base: string, fingerprint: string): Promise<Fetch> {
  const certificate = await fetchServerCertificate(base);
  const seen = certificate.fingerprint256;
  if (seen !== fingerprint) {
    throw new ReasonError({
      code: "certificate-changed",
      message: `${new URL(base).host} presents another certificate than the pinned one`,
      field: "--fingerprint",
      value: seen,
      allowed: fingerprint,
    });
  }
  const ca = certificate.toString();
  const tls = {
    ca,
    checkServerIdentity: (_host: string, peer: { fingerprint256: string }) =>
      peer.fingerprint256 === fingerprint ? undefined : new Error("the certificate changed"),
  };
  return (url, init) => fetch(url, { ...init, tls });
}

/** A fetch whose failures over certificates tell what was seen and how it could be trusted. */
function explaining(base: string, tls: { readonly ca?: string }): Fetch {
  return async (url, init) => {
    try {
      return await fetch(url, { ...init, tls });
    } catch (error) {
      if (!isCertificateError(error)) throw error;
      const { fingerprint256 } = await fetchServerCertificate(base);
      throw new ReasonError(
        {
          code: "certificate-untrusted",
          message: `${new URL(base).host} presents a certificate that is not trusted here (${error.code})`,
          field: "fingerprint",
          value: fingerprint256,
          allowed:
            "--fingerprint with that value ($BERTH_FINGERPRINT), once it was compared with the one on the device's console; --ca FILE; or --insecure",
        },
        { cause: error },
      );
    }
  };
}

const CERTIFICATE_ERROR = /CERT|SIGNATURE|ISSUER|ALTNAME/;

function isCertificateError(error: unknown): error is Error & { code: string } {
  return (
    error instanceof Error && "code" in error && typeof error.code === "string" && CERTIFICATE_ERROR.test(error.code)
  );
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReasonError({ code: "file-unreadable", message: `cannot read the ${what}: ${why}` }, { cause });
  }
}
