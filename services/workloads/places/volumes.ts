import { chmod, chown, stat } from "node:fs/promises";
import { packFolder, unpackInto } from "../../volumes/tar.ts";
import type { Account } from "../root/accounts.ts";
import type { SettledPlace } from "./places.ts";

/**
 * Puts the first content into a new volume's folder: with `copy` what the image holds at its place, as with Docker; else
 * nothing. It gets the owner and mode of the image's directory there; where the image has none, it is the account's that
 * the workload runs as.
 *
 * @param root the mounted root
 */
export async function fillVolume(
  folder: string,
  place: Pick<SettledPlace, "destination" | "inImage"> & { readonly copy: boolean },
  root: string,
  account: Pick<Account, "uid" | "gid">,
): Promise<void> {
  const source = `${root}${place.destination}`;
  const like = place.inImage ? await stat(source) : undefined;
  if (like?.isDirectory() && place.copy) {
    await unpackInto(folder, packFolder(source, { changing: false }), undefined);
    return;
  }
  await chown(folder, like?.uid ?? account.uid, like?.gid ?? account.gid);
  await chmod(folder, like?.isDirectory() ? like.mode & 0o7777 : 0o755);
}
