import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Who a file belongs to. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Writes a whole file or nothing: content, mode and owner are on disk under another name before the rename, and the
 * rename is on disk when this settles. A reader sees the old file or the new one, also after a power cut.
 */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  options: { mode: number; owner?: Owner },
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await using(await open(temporary, "wx", options.mode), async (file) => {
      await file.writeFile(content);
      // open(2) takes the mode through the umask.
      await file.chmod(options.mode);
      if (options.owner !== undefined) await file.chown(options.owner.uid, options.owner.gid);
      await file.sync();
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Puts a directory's entries (creations, renames, removals) on disk. */
export async function syncDirectory(path: string): Promise<void> {
  await using(await open(path, "r"), (directory) => directory.sync());
}

async function using(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
