import { open, rename, rm } from "node:fs/promises";
import { ReasonError, reasonOf } from "../model/reason.ts";

/**
 * Writes a file that only its owner may read, and gives it its name once it is whole and on the disk; of one that was broken
 * off nothing is left.
 *
 * @throws ReasonError `file-unwritable` when it cannot be made
 */
export async function writeWholeFile(path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const partial = `${path}.partial`;
  const handle = await open(partial, "w", 0o600).catch((cause: unknown) => {
    const message = `cannot write ${path}: ${reasonOf(cause).message}`;
    throw new ReasonError({ code: "file-unwritable", message }, { cause });
  });
  try {
    for await (const piece of source) await handle.writeFile(piece);
    await handle.sync();
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}
