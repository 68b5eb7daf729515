import type { RegistrySettings } from "../model/configuration.ts";
import { ReasonError } from "../model/reason.ts";
import { Authorizer } from "./authorizer.ts";
import { digestOf } from "./digest.ts";
import { DOCUMENT_LIMIT } from "./manifest.ts";
import { ACCEPTED_MANIFESTS } from "./media-types.ts";
import { digestMismatch, manifestInvalid } from "./problems.ts";
import { readAll, TooManyBytes } from "./read-all.ts";
import { discard, sendFollowing } from "./redirect.ts";
import { refusal } from "./refusal.ts";
import type { Transport, TransportResponse } from "./transport.ts";

/** A document as a registry served it. */
export interface Served {
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly mediaType: string | undefined;
}

/** A blob's bytes from `offset` on. */
export interface BlobPart {
  readonly offset: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Which registry, and how it is reached. */
export interface RegistryOptions {
  readonly name: string;
  readonly settings: RegistrySettings;
  readonly transport: Transport;
  readonly stallMilliseconds: number;
  now(): Date;
}

/** Where a registry's requests go when nothing else is set; Docker Hub's API does not answer on its own name. */
function defaultEndpoint(name: string): string {
  return `https://${name === "docker.io" ? "registry-1.docker.io" : name}`;
}

/**
 * One registry, read by the OCI distribution-spec (spec.md, Pull). Errors: `image-not-found`, `registry-refused`,
 * `registry-unreachable` (transient), `digest-mismatch`, `manifest-invalid`.
 */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #endpoint: URL;
  readonly #authorizer: Authorizer;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#endpoint = new URL(options.settings.endpoint ?? defaultEndpoint(options.name));
    this.#authorizer = new Authorizer({
      registry: options.name,
      endpoint: this.#endpoint,
      ca: options.settings.ca,
      transport: options.transport,
      stallMilliseconds: options.stallMilliseconds,
      now: options.now,
    });
  }

  /** The manifest or index that `reference`, a tag or a digest, names. Verified when the digest is known. */
  async document(repository: string, reference: string, signal: AbortSignal): Promise<Served> {
    const subject = `${repository}${reference.startsWith("sha256:") ? "@" : ":"}${reference}`;
    const headers = { accept: ACCEPTED_MANIFESTS };
    const response = await this.#get(repository, `manifests/${reference}`, headers, signal, subject);
    const served = await this.#verified(response, reference, subject);
    const promised = response.headers.get("docker-content-digest");
    if (promised?.startsWith("sha256:") && promised !== served.digest)
      throw digestMismatch(subject, promised, served.digest);
    return served;
  }

  /** A small blob, such as an image's configuration, verified. */
  async smallBlob(repository: string, digest: string, signal: AbortSignal): Promise<Served> {
    const subject = `${repository}@${digest}`;
    return await this.#verified(await this.#get(repository, `blobs/${digest}`, {}, signal, subject), digest, subject);
  }

  /** A blob's bytes from `offset`, or from the start where the registry does not know ranges. Not verified. */
  async blob(repository: string, digest: string, offset: number, signal: AbortSignal): Promise<BlobPart> {
    const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
    const response = await this.#get(repository, `blobs/${digest}`, headers, signal, `${repository}@${digest}`);
    if (response.status === 200) return { offset: 0, body: response.body };
    const start = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
    if (response.status === 206 && Number(start) === offset) return { offset, body: response.body };
    // An answer with another range than asked for is of no use: ask for all of it.
    await discard(response);
    return await this.blob(repository, digest, 0, signal);
  }

  async #get(
    repository: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    subject: string,
  ): Promise<TransportResponse> {
    const { settings, stallMilliseconds, transport, name } = this.#options;
    const url = new URL(this.#endpoint);
    url.pathname = `${url.pathname.replace(/\/$/, "")}/v2/${repository}/${path}`;
    const send = async (authorization: string | undefined) =>
      await sendFollowing(transport, {
        url,
        headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) },
        ca: settings.ca,
        signal,
        stallMilliseconds,
      });
    const first = await this.#authorizer.current(repository);
    let response = await send(first);
    if (response.status === 401 && response.url.origin === url.origin) {
      const challenge = response.headers.get("www-authenticate");
      const next = await this.#authorizer.answer(challenge, repository, first, signal);
      if (next !== undefined) {
        await discard(response);
        response = await send(next);
      }
    }
    const partial = response.status === 206 || response.status === 416;
    if (response.status === 200 || (partial && headers.range !== undefined)) return response;
    throw await refusal(response, { registry: name, subject }, this.#options.now());
  }

  async #verified(response: TransportResponse, reference: string, subject: string): Promise<Served> {
    const bytes = await readAll(response.body, DOCUMENT_LIMIT).catch((error: unknown) => {
      if (error instanceof TooManyBytes) throw manifestInvalid(subject, `has ${error.message}`, error);
      throw error;
    });
    const length = Number(response.headers.get("content-length") ?? bytes.length);
    if (bytes.length < length)
      throw new ReasonError(
        { code: "registry-unreachable", message: `${response.url.host} broke off in the middle of ${subject}` },
        { transient: true },
      );
    const digest = digestOf(bytes);
    if (reference.startsWith("sha256:") && reference !== digest) throw digestMismatch(subject, reference, digest);
    return { bytes, digest, mediaType: response.headers.get("content-type") ?? undefined };
  }
}
