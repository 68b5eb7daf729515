import { closeSync, constants, openSync } from "node:fs";
import { chown, mkdir, open as openFile, readdir, rmdir, stat, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isWithin, namesOf } from "../../model/paths.ts";
import { ReasonError } from "../../model/reason.ts";
import type { Workload } from "../../model/workload.ts";
import { type Libc, LibcError, MOUNT_FLAGS } from "../kernel/libc.ts";
import { mountTable } from "../kernel/mount-table.ts";
import type { UserNamespace } from "../kernel/namespaces.ts";
import { placeDirectory } from "../place.ts";

/** Where a pinned path is mounted, and what it is. */
export interface PinnedPath {
  readonly path: string;
  readonly kind: "directory" | "file";
}

/**
 * Mounts each path of the device that a manifest names below `directory`, which only root can enter: from then on it is
 * that very file or folder, whatever becomes of its name. It is opened below the folder that the policy names, so that no
 * link leads out of it.
 *
 * @param user whose owners it shows; undefined for the device's own
 * @throws ReasonError `host-path-missing`, or `host-path-refused`
 */
export async function pinHostPaths(
  libc: Libc,
  mounts: Workload["mounts"],
  folders: readonly string[],
  directory: string,
  user: UserNamespace | undefined,
): Promise<PinnedPath[]> {
  if (mounts.length === 0) return [];
  placeDirectory(dirname(directory), 0o711);
  await mkdir(directory, { mode: 0o700 });
  // Root inside passes there, and nobody else.
  if (user !== undefined) await chown(directory, user.first, user.first);
  const namespace = user === undefined ? undefined : await openFile(user.path);
  try {
    return await pinAll(libc, mounts, folders, directory, namespace?.fd);
  } finally {
    await namespace?.close();
  }
}

async function pinAll(
  libc: Libc,
  mounts: Workload["mounts"],
  folders: readonly string[],
  directory: string,
  namespace: number | undefined,
): Promise<PinnedPath[]> {
  const pinned: PinnedPath[] = [];
  for (const [index, { source }] of mounts.entries()) {
    const opened = open(libc, source, folders, `mounts[${index}].source`);
    try {
      const link = `/proc/self/fd/${opened}`;
      const kind = (await stat(link)).isDirectory() ? "directory" : "file";
      const path = `${directory}/${index}`;
      if (kind === "file") await writeFile(path, "", { mode: 0o600 });
      else await mkdir(path, { mode: 0o700 });
      pin(libc, link, path, namespace);
      pinned.push({ path, kind });
    } finally {
      closeSync(opened);
    }
  }
  return pinned;
}

/** With the workload's owners, where the file system can show them: sysfs and some others show all as nobody's. */
function pin(libc: Libc, source: string, target: string, namespace: number | undefined): void {
  if (namespace !== undefined) {
    try {
      libc.mountIdmapped(source, target, namespace);
      return;
    } catch (error) {
      if (!(error instanceof LibcError) || error.code !== "EINVAL") throw error;
    }
  }
  libc.mount(source, target, "none", MOUNT_FLAGS.bind, "");
}

/** Unmounts what was pinned below `directory` and deletes the mount points, never what is mounted on them. */
export async function unpinHostPaths(libc: Libc, directory: string): Promise<void> {
  const mounted = mountTable().filter(({ target }) => target.startsWith(`${directory}/`));
  for (const { target } of mounted.reverse()) libc.unmount(target);
  for (const name of await readdir(directory).catch(() => [])) {
    const path = `${directory}/${name}`;
    await rmdir(path).catch(() => unlink(path));
  }
  await rmdir(directory).catch(() => undefined);
}

function open(libc: Libc, source: string, folders: readonly string[], field: string): number {
  const [folder] = folders.filter((one) => isWithin(source, one)).sort((a, b) => b.length - a.length);
  if (folder === undefined) {
    throw refused(source, field, folders, "the device's policy lets no workload mount it");
  }
  const below = namesOf(source).slice(namesOf(folder).length).join("/");
  try {
    const base = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      return libc.openBeneath(base, below === "" ? "." : below);
    } finally {
      closeSync(base);
    }
  } catch (error) {
    const code = error instanceof LibcError || (error instanceof Error && "code" in error) ? error.code : undefined;
    if (code === "EXDEV" || code === "ELOOP")
      throw refused(source, field, folders, `a link in it leads out of ${folder}`);
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    throw new ReasonError({
      code: "host-path-missing",
      message: `the device has no ${source}`,
      field,
      value: source,
      allowed: "a file or folder that is there; none is made",
    });
  }
}

function refused(source: string, field: string, folders: readonly string[], why: string): ReasonError {
  return new ReasonError({
    code: "host-path-refused",
    message: `${source}: ${why}`,
    field,
    value: source,
    allowed: folders.length === 0 ? "none" : `a path in ${folders.join(", ")}, no link of which leads out`,
  });
}
