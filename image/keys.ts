import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.ts";
import { BUILD } from "./paths.ts";

/** The files that bundles are signed with, and the authority devices trust. */
export interface Keys {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

const DIRECTORY = join(BUILD, "keys");
const DAYS = "3650";
const CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];

/** The development keys in build/keys, made when missing. */
export async function buildKeys(): Promise<Keys> {
  if (!existsSync(DIRECTORY)) await makeKeys();
  return {
    ca: join(DIRECTORY, "ca.pem"),
    certificate: join(DIRECTORY, "certificate.pem"),
    key: join(DIRECTORY, "key.pem"),
  };
}

async function makeKeys(): Promise<void> {
  const partial = `${DIRECTORY}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode: 0o700 });
  const at = (name: string) => join(partial, name);
  const request = ["openssl", "req", "-x509", ...CURVE, "-days", DAYS];
  await run([...request, "-subj", "/CN=Berth development CA", "-keyout", at("ca-key.pem"), "-out", at("ca.pem")]);
  await run([
    ...[...request, "-subj", "/CN=Berth development", "-keyout", at("key.pem"), "-out", at("certificate.pem")],
    ...["-CA", at("ca.pem"), "-CAkey", at("ca-key.pem"), "-addext", "basicConstraints=critical,CA:FALSE"],
  ]);
  renameSync(partial, DIRECTORY);
}
