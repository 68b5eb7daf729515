import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";

/**
 * Makes a directory, and those above it, with exactly this mode and owner: the supervisor's umask lets nobody else in.
 *
 * Not awaited, like what else a start does to small files: the kernel takes a microsecond, a promise of it some thirty.
 *
 * @param owner user and group; root when left out
 */
export function placeDirectory(path: string, mode: number, owner = 0): void {
  const first = mkdirSync(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = made.slice(0, made.lastIndexOf("/"))) {
    if (owner !== 0) chownSync(made, owner, owner);
    chmodSync(made, mode);
  }
}

/** Writes a file with exactly this mode and owner. */
export function placeFile(path: string, text: string, mode: number, owner = 0): void {
  writeFileSync(path, text, { mode: 0o600 });
  if (owner !== 0) chownSync(path, owner, owner);
  chmodSync(path, mode);
}
