import { chmod, chown, mkdir, stat } from "node:fs/promises";
import type { Workload } from "../../model/workload.ts";
import type { Account } from "./accounts.ts";
import { resolveInRoot } from "./in-root.ts";
import { type EnginePaths, volumePath } from "./paths.ts";

/**
 * Makes the directories of volumes that are not there yet. A new volume belongs to whom the image's directory at its
 * place belongs to, with its mode, as with Docker; where the image has none, to the account the workload runs as. What
 * the image holds there is not copied into it.
 */
export async function makeVolumes(
  engine: EnginePaths,
  volumes: Workload["volumes"],
  root: string,
  account: Account,
): Promise<void> {
  for (const { name, path } of volumes) {
    const directory = volumePath(engine, name);
    // The first directory made, if any: undefined when all of it was there.
    const made = await mkdir(directory, { recursive: true, mode: 0o755 });
    if (made === undefined) continue;
    const { path: place, existing } = await resolveInRoot(root, path);
    const like = place === existing ? await stat(`${root}${place}`) : undefined;
    await chown(directory, like?.uid ?? account.uid, like?.gid ?? account.gid);
    await chmod(directory, like?.isDirectory() ? like.mode & 0o7777 : 0o755);
  }
}
