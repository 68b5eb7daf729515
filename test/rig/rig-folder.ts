import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BUILD } from "../../image/paths.ts";

const RIGS = join(BUILD, "rig");

/**
 * A fresh folder for a part of the rig, kept afterwards for its logs. Folders that dead processes
 * left under the same name are removed; those of a test that runs beside this one are not.
 */
export function rigFolder(name: string): string {
  mkdirSync(RIGS, { recursive: true });
  for (const entry of readdirSync(RIGS)) {
    const [, owner, pid] = /^(.+)-(\d+)$/u.exec(entry) ?? [];
    if (owner === name && !isAlive(Number(pid))) rmSync(join(RIGS, entry), { recursive: true });
  }
  const folder = join(RIGS, `${name}-${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  return folder;
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
