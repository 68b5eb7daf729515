import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { syncDirectory, writeFileAtomically } from "../host/atomic-file.ts";
import { issue, makeAuthority } from "../host/certificate.ts";
import { ReasonError } from "../model/reason.ts";
import { KEY_FILES, type KeyRole } from "./key-files.ts";

/** What a set of keys is made of. */
export interface KeySetOptions {
  /** The folder that is to hold it. It may be there already if it is empty. */
  readonly directory: string;
  /** How many days the certificates hold. */
  readonly days: number;
  readonly now?: Date;
}

/**
 * Makes a set of keys for releases and update bundles: the folder 0700, its keys 0600. All of it is there, or nothing.
 * Never replaces anything: throws `keys-exist` when the folder holds something.
 */
export async function makeKeys({ directory, ...term }: KeySetOptions): Promise<void> {
  const target = resolve(directory);
  const partial = `${target}.${randomBytes(6).toString("hex")}.partial`;
  await mkdir(dirname(target), { recursive: true });
  await mkdir(partial, { mode: 0o700 });
  try {
    for (const [role, text] of Object.entries(await keyTexts(term))) {
      const { name, secret } = fileOf(role);
      await writeFileAtomically(join(partial, name), text, { mode: secret ? 0o600 : 0o644 });
    }
    // Replaces an empty folder, and nothing else (rename(2)).
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (!isOccupied(error)) throw error;
    throw new ReasonError(
      {
        code: "keys-exist",
        message: `${directory} is there and not empty; nothing was changed, since keys are never replaced`,
        field: "--out",
        value: directory,
        allowed: "a folder that is empty or not there",
      },
      { cause: error },
    );
  }
  await syncDirectory(dirname(target));
}

/** A device without a clock starts at its image's date, which may be long before the keys were made. */
const SINCE = new Date("2020-01-01T00:00:00Z");

async function keyTexts(options: Pick<KeySetOptions, "days" | "now">): Promise<Readonly<Record<KeyRole, string>>> {
  const term = { ...options, since: SINCE };
  const authority = await makeAuthority("Berth update bundles", term);
  const signer = await issue({ authority, commonName: "Berth bundle signer", usage: "bundle", ...term });
  const release = generateKeyPairSync("ed25519");
  return {
    ca: authority.certificate,
    caKey: authority.privateKey,
    certificate: signer.certificate,
    key: signer.privateKey,
    releaseKey: release.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    releasePublicKey: release.publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

function fileOf(role: string) {
  const found = Object.entries(KEY_FILES).find(([known]) => known === role);
  if (found === undefined) throw new Error(`there is no key file for ${role}`);
  return found[1];
}

const OCCUPIED = new Set<unknown>(["ENOTEMPTY", "EEXIST", "ENOTDIR"]);

function isOccupied(error: unknown): boolean {
  return error instanceof Error && "code" in error && OCCUPIED.has(error.code);
}
