import { createHash } from "node:crypto";

/** The only digests this device takes: `sha256:` and 64 lower-case hexadecimal digits (image-spec descriptor.md). */
export const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The digest of `bytes`. */
export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The hexadecimal part of a digest, which is safe as a file's name. Throws on anything that is not a digest. */
export function hexOf(digest: string): string {
  if (!DIGEST.test(digest)) throw new TypeError(`not a sha256 digest: ${JSON.stringify(digest)}`);
  return digest.slice("sha256:".length);
}

/** The digest of bytes as they pass by. */
export class RunningDigest {
  readonly #hash = createHash("sha256");

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  /** Ends the run: nothing may be added afterwards. */
  finish(): string {
    return `sha256:${this.#hash.digest("hex")}`;
  }
}
