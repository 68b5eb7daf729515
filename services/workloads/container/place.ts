import { chmod, mkdir, writeFile } from "node:fs/promises";

/** Makes a directory, and those above it, with exactly this mode: the supervisor's umask lets nobody else in. */
export async function placeDirectory(path: string, mode: number): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = made.slice(0, made.lastIndexOf("/")))
    await chmod(made, mode);
}

/** Writes a file with exactly this mode. */
export async function placeFile(path: string, text: string, mode: number): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  await chmod(path, mode);
}
