import { lstat, readdir } from "node:fs/promises";
import type { RuntimeDevice } from "../bundle/runtime-spec.ts";

/** What every container has of its own already, or as a file system of its own. */
const OWN = new Set(
  "console full fd log mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero".split(" "),
);

/** Every device below /dev, for a workload that shall have all of them; links and sockets are not followed. */
export async function deviceNodes(directory = "/dev"): Promise<RuntimeDevice[]> {
  const names = (await readdir(directory)).filter((name) => directory !== "/dev" || !OWN.has(name));
  const found = await Promise.all(names.sort().map((name) => nodesAt(`${directory}/${name}`)));
  return found.flat();
}

async function nodesAt(path: string): Promise<RuntimeDevice[]> {
  // Devices come and go.
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) return [];
  if (stat.isDirectory()) return deviceNodes(path);
  if (!stat.isBlockDevice() && !stat.isCharacterDevice()) return [];
  const { mode, uid, gid, rdev } = stat;
  return [{ path, type: stat.isBlockDevice() ? "b" : "c", ...numbersOf(rdev), fileMode: mode & 0o777, uid, gid }];
}

/** Source: makedev(3), as glibc has it; what Linux hands out fits 32 bits. */
export function numbersOf(rdev: number): { readonly major: number; readonly minor: number } {
  return { major: (rdev >>> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00) };
}
