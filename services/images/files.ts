import { randomUUID } from "node:crypto";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncDirectory } from "../host/atomic-file.ts";

/** Gives a finished file its name: on the disk before the name is, so that nobody ever finds half of it there. */
export async function publish(temporary: string, path: string): Promise<void> {
  const file = await open(temporary, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Writes a file that is there whole or not at all. `scratch` is a directory on the same file system. */
export async function writeWhole(path: string, text: string, scratch: string): Promise<void> {
  const temporary = join(scratch, randomUUID());
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await publish(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A file's size in bytes; undefined where there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Bytes of disk a file takes; 0 where there is none. */
export async function diskBytes(path: string): Promise<number> {
  try {
    return (await stat(path)).blocks * 512;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

/** Deletes a file and gives the bytes of disk it took; 0 where there was none. */
export async function remove(path: string): Promise<number> {
  const bytes = await diskBytes(path);
  await rm(path, { force: true, recursive: true });
  return bytes;
}

/** The names in a directory that end with `ending`. */
export async function namesIn(directory: string, ending = ""): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith(ending)).sort();
}

/** Whether an error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
