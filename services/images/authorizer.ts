import { z } from "zod";
import { ReasonError } from "../model/reason.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { readAll } from "./read-all.ts";
import { sendFollowing } from "./redirect.ts";
import { refusal } from "./refusal.ts";
import type { Transport } from "./transport.ts";

/** A token is not used in its last seconds, so that it does not expire on the way. */
const MARGIN_MILLISECONDS = 10_000;
/** What the token specification assumes when a server does not say. */
const DEFAULT_LIFE_SECONDS = 60;
const TOKEN_LIMIT = 256 * 1024;

/** Source: https://distribution.github.io/distribution/spec/auth/token/ */
const TokenBody = z
  .object({
    token: z.string().min(1).optional(),
    access_token: z.string().min(1).optional(),
    expires_in: z.number().positive().optional(),
  })
  .transform((body) => ({ token: body.token ?? body.access_token, lifeSeconds: body.expires_in }));

interface Token {
  readonly value: string;
  readonly expires: number;
}

/** The registry that tokens are for. */
export interface AuthorizerOptions {
  readonly registry: string;
  readonly endpoint: URL;
  readonly ca: string | undefined;
  readonly transport: Transport;
  readonly stallMilliseconds: number;
  now(): Date;
}

/**
 * Gets and keeps the anonymous bearer tokens of one registry, one a repository. A registry that asks for a name and a
 * password (Basic) is refused here: this is the place where credentials would come in.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** The `Authorization` to send for a repository, if there is one that still holds. */
  async current(repository: string): Promise<string | undefined> {
    const token = await this.#tokens.get(repository)?.catch(() => undefined);
    if (token === undefined) return undefined;
    if (token.expires - MARGIN_MILLISECONDS > this.#options.now().getTime()) return `Bearer ${token.value}`;
    return undefined;
  }

  /**
   * The `Authorization` that answers a 401's `WWW-Authenticate`; `refused` is the one that was sent with that request.
   * Undefined when there is nothing better to send. Requests side by side share one new token.
   */
  async answer(
    header: string | null,
    repository: string,
    refused: string | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const current = await this.current(repository);
    if (current !== undefined && current !== refused) return current;
    const challenges = parseChallenges(header ?? "");
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer === undefined) {
      if (challenges.some(({ scheme }) => scheme === "basic")) throw this.#wantsPassword();
      return undefined;
    }
    const pending = this.#fetch(bearer, repository, signal);
    this.#tokens.set(repository, pending);
    try {
      return `Bearer ${(await pending).value}`;
    } catch (error) {
      if (this.#tokens.get(repository) === pending) this.#tokens.delete(repository);
      throw error;
    }
  }

  async #fetch(challenge: Challenge, repository: string, signal: AbortSignal): Promise<Token> {
    const { registry, ca, transport, stallMilliseconds } = this.#options;
    const url = this.#realm(challenge);
    const service = challenge.parameters.get("service");
    if (service !== undefined) url.searchParams.set("service", service);
    url.searchParams.set("scope", challenge.parameters.get("scope") ?? `repository:${repository}:pull`);
    const asked = this.#options.now();
    const response = await sendFollowing(transport, { url, headers: {}, ca, signal, stallMilliseconds });
    if (response.status !== 200)
      throw await refusal(response, { registry, subject: `a token for ${repository}` }, asked);
    const { token, lifeSeconds } = parseToken(await readAll(response.body, TOKEN_LIMIT), registry);
    return { value: token, expires: asked.getTime() + (lifeSeconds ?? DEFAULT_LIFE_SECONDS) * 1000 };
  }

  #realm(challenge: Challenge): URL {
    const url = URL.parse(challenge.parameters.get("realm") ?? "");
    const { registry, endpoint } = this.#options;
    const allowed = url?.protocol === "https:" || (url?.protocol === "http:" && endpoint.protocol === "http:");
    if (url !== null && allowed) return url;
    throw new ReasonError({
      code: "registry-refused",
      message: `${registry} names no usable place to get a token from`,
    });
  }

  #wantsPassword(): ReasonError {
    const { registry } = this.#options;
    return new ReasonError({
      code: "registry-refused",
      message: `${registry} wants a user name and a password; this device asks anonymously`,
      value: registry,
    });
  }
}

function parseToken(bytes: Uint8Array, registry: string): { token: string; lifeSeconds: number | undefined } {
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const { token, lifeSeconds } = TokenBody.parse(body);
    if (token !== undefined) return { token, lifeSeconds };
  } catch {
    // What is wrong with it is not repeated: the answer may hold a token.
  }
  throw new ReasonError({ code: "registry-refused", message: `${registry} answered with no readable token` });
}
