import { chmod } from "node:fs/promises";
import { ReasonError } from "../model/reason.ts";
import { generateSigningKey, importSigningKey, type SigningIdentity } from "../model/signature.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { readIfThere } from "./files.ts";

/**
 * The device's identity: the Ed25519 key in the file at `path` (PKCS#8 PEM, mode 0600), made if there is none. A file
 * that holds no such key is left alone and throws `device-key-invalid`: a new key would be a new device to its fleet.
 */
export async function loadDeviceKey(path: string): Promise<SigningIdentity> {
  const kept = await readIfThere(path);
  if (kept === undefined) {
    const { privateKey } = await generateSigningKey();
    await writeFileAtomically(path, privateKey, { mode: 0o600 });
    return importSigningKey(privateKey);
  }
  try {
    const identity = await importSigningKey(kept);
    await chmod(path, 0o600);
    return identity;
  } catch (cause) {
    const message = `${path} does not hold the device's key; restore it, or remove it to make this a new device`;
    throw new ReasonError(
      { code: "device-key-invalid", message, field: path, allowed: "an Ed25519 private key in PKCS#8 PEM" },
      { cause },
    );
  }
}
