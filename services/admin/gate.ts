import { createHash, timingSafeEqual } from "node:crypto";
import { problemResponse } from "../api/server.ts";
import type { AttemptLimiter } from "./attempt-limiter.ts";

/** Lets the holder of the token through. Gives the answer for everybody else, undefined for the holder. */
export class Gate {
  readonly #digest: Buffer;
  readonly #limiter: AttemptLimiter;
  readonly #onWrongToken: (address: string) => void;

  constructor(token: string, limiter: AttemptLimiter, onWrongToken: (address: string) => void) {
    this.#digest = sha256(token);
    this.#limiter = limiter;
    this.#onWrongToken = onWrongToken;
  }

  /** `authorization` is the header's value (RFC 6750 §2.1). */
  refuse(authorization: string | null, address: string): Response | undefined {
    const wait = this.#limiter.wait(address);
    if (wait > 0) {
      const message = `too many wrong tokens came from ${address}: try again in ${wait} s`;
      const response = problemResponse({ code: "too-many-attempts", message });
      response.headers.set("retry-after", String(wait));
      return response;
    }
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? "") ?? [];
    // Digests are compared, so that neither time nor length tells anything of the token.
    if (token !== undefined && timingSafeEqual(sha256(token), this.#digest)) return undefined;
    if (token !== undefined) {
      this.#limiter.failed(address);
      this.#onWrongToken(address);
    }
    const response = problemResponse({
      code: "unauthorized",
      message: token === undefined ? "a bearer token is needed" : "the token is not this device's",
      field: "authorization",
      allowed: "Bearer and the token of the device's configuration",
    });
    response.headers.set("www-authenticate", 'Bearer realm="berth"');
    return response;
  }
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
