import { chmod, chown, mkdir, writeFile } from "node:fs/promises";

/**
 * Makes a directory, and those above it, with exactly this mode and owner: the supervisor's umask lets nobody else in.
 *
 * @param owner user and group; root when left out
 */
export async function placeDirectory(path: string, mode: number, owner = 0): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = made.slice(0, made.lastIndexOf("/"))) {
    if (owner !== 0) await chown(made, owner, owner);
    await chmod(made, mode);
  }
}

/** Writes a file with exactly this mode and owner. */
export async function placeFile(path: string, text: string, mode: number, owner = 0): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  if (owner !== 0) await chown(path, owner, owner);
  await chmod(path, mode);
}
