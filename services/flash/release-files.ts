import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { verifyRelease } from "../keys/release-signature.ts";
import { ReasonError } from "../model/reason.ts";
import type { Result } from "../model/result.ts";
import { type Checksums, parseChecksums } from "./checksums.ts";

/** What stands beside an image in a release. */
export interface ReleaseFiles {
  readonly blockMap: string;
  readonly checksums: string;
  readonly signature: string;
}

/** Where the files that belong to an image, or to any other file of its release, would be. */
export function filesBeside(path: string): ReleaseFiles {
  const stem = path.replace(/(\.img|\.img\.xz|\.bmap|\.sha256|\.sig|\.cdx\.json|\.licences\.txt|\.raucb)$/, "");
  return { blockMap: `${stem}.bmap`, checksums: `${stem}.sha256`, signature: `${stem}.sig` };
}

/** A file's bytes; undefined when it is not there. Throws `file-unreadable`. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReasonError({ code: "file-unreadable", message: `cannot read ${path}: ${why}` }, { cause });
  }
}

/**
 * Reads the checksum file of a release; undefined when there is none and no key asks for one. With `key`, a file that
 * holds the public key, its signature must be there and fit: throws `release-signature-missing`,
 * `release-signature-invalid` or `release-key-invalid` otherwise.
 */
export async function readChecksums(files: ReleaseFiles, key: string | undefined): Promise<Checksums | undefined> {
  const bytes = await readIfThere(files.checksums);
  if (key !== undefined) {
    const publicKey = await readIfThere(key);
    if (publicKey === undefined) {
      throw new ReasonError({ code: "file-unreadable", message: `cannot read the key: ${key} is not there` });
    }
    const signature = await readIfThere(files.signature);
    const missing = bytes === undefined ? files.checksums : signature === undefined ? files.signature : undefined;
    if (bytes === undefined || signature === undefined) {
      throw new ReasonError({
        code: "release-signature-missing",
        message: `the release cannot be checked with a key: ${missing} is not there`,
        allowed: `${basename(files.checksums)} and ${basename(files.signature)} beside the image`,
      });
    }
    unwrap(verifyRelease(bytes, signature, Buffer.from(publicKey).toString()));
  }
  return bytes === undefined ? undefined : unwrap(parseChecksums(Buffer.from(bytes).toString()));
}

/** What became of comparing a file with its checksum. */
export type FileCheck = "right" | "wrong" | "not-listed" | "not-there";

/** Compares a file with what the checksums say of its name. */
export async function checkFile(path: string, checksums: Checksums): Promise<FileCheck> {
  const expected = checksums.get(basename(path));
  if (expected === undefined) return "not-listed";
  const found = await digestOf(path);
  if (found === undefined) return "not-there";
  return found === expected ? "right" : "wrong";
}

/** The files checksums speak of, as paths beside the checksum file. */
export function listedFiles(files: ReleaseFiles, checksums: Checksums): string[] {
  return [...checksums.keys()].map((name) => join(dirname(files.checksums), name));
}

async function digestOf(path: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw cause;
  }
  return hash.digest("hex");
}

function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new ReasonError(result.reason);
}
