import { existsSync } from "node:fs";
import { join } from "node:path";
import { KEY_FILES, type KeyRole } from "../services/keys/key-files.ts";
import { makeKeys } from "../services/keys/make-keys.ts";
import { BUILD } from "./paths.ts";

/** The files of a set of keys, by what they are for (see services/keys/key-files.ts). */
export type Keys = Readonly<Record<KeyRole, string>>;

const DIRECTORY = join(BUILD, "keys");
const DAYS = 3650;

/**
 * The keys a build signs with: those of `directory`, or the development keys in build/keys, made when missing. Throws an
 * Error that names the file when a set lacks one.
 */
export async function buildKeys(directory?: string): Promise<Keys> {
  if (directory === undefined && !existsSync(DIRECTORY)) await makeKeys({ directory: DIRECTORY, days: DAYS });
  return keysIn(directory ?? DIRECTORY);
}

function keysIn(directory: string): Keys {
  const path = (role: KeyRole) => {
    const file = join(directory, KEY_FILES[role].name);
    // A set for signing may well lack the authority's key.
    if (role !== "caKey" && !existsSync(file)) {
      throw new Error(`${file} is not there; a whole set of keys is made by: berth keys init --out DIR`);
    }
    return file;
  };
  return {
    ca: path("ca"),
    caKey: path("caKey"),
    certificate: path("certificate"),
    key: path("key"),
    releaseKey: path("releaseKey"),
    releasePublicKey: path("releasePublicKey"),
  };
}
