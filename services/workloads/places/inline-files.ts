import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import { ReasonError } from "../../model/reason.ts";
import { contentOf } from "../../model/workload/storage.ts";
import type { Workload } from "../../model/workload.ts";
import { type AccountFiles, findAccount } from "../root/accounts.ts";

/**
 * Writes a manifest's inline files below `directory`, numbered, in memory. Nobody but root gets there by any other way
 * than the workload's mount: they may hold secrets.
 *
 * @param accounts the image's /etc/passwd and /etc/group
 * @throws ReasonError `start-failed` for an owner that the image does not know
 */
export async function writeInlineFiles(
  files: Workload["files"],
  directory: string,
  accounts: AccountFiles,
): Promise<void> {
  if (files.length > 0) await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const [index, file] of files.entries()) {
    const { uid, gid } = ownerOf(file.owner, accounts, `files[${index}].owner`);
    const path = `${directory}/${index}`;
    await writeFile(path, contentOf(file), { mode: 0o600 });
    await chown(path, uid, gid);
    await chmod(path, Number.parseInt(file.mode, 8));
  }
}

function ownerOf(owner: string, accounts: AccountFiles, field: string) {
  try {
    return findAccount({ user: owner }, accounts);
  } catch (error) {
    throw error instanceof ReasonError ? new ReasonError({ ...error.reason, field }, { cause: error }) : error;
  }
}
