import { chmod, chown, lstat, mkdir, rm, stat } from "node:fs/promises";
import { resolveInRoot } from "./in-root.ts";
import { lowerDirectories } from "./layer-mounts.ts";
import { type Libc, MOUNT_FLAGS } from "./libc.ts";
import { mountTable } from "./mount-table.ts";
import type { EnginePaths, WorkloadPaths } from "./paths.ts";
import { placeDirectory, placeFile } from "./place.ts";

const { readOnly, noSuid, noDev } = MOUNT_FLAGS;

/** A place that must be there to be mounted over. */
export interface MountPoint {
  readonly path: string;
  readonly kind: "directory" | "file";
}

/**
 * Mounts a workload's merged, read-only root. Mount points the image lacks come from a small directory laid over the
 * layers; the directories above them keep the image's owner and mode.
 *
 * @param layers names of layer mounts, topmost first
 * @param pointsIn asked for the mount points, the image alone being mounted
 */
export async function mountReadOnlyRoot(
  libc: Libc,
  engine: EnginePaths,
  paths: WorkloadPaths,
  layers: readonly string[],
  pointsIn: () => Promise<readonly MountPoint[]>,
): Promise<void> {
  await mkdir(paths.root, { recursive: true });
  const mount = (above: readonly string[]) =>
    libc.mount(
      "berth",
      paths.root,
      "overlay",
      readOnly | noSuid | noDev,
      `lowerdir=${lowerDirectories(engine, above, layers)}`,
    );
  mount([]);
  if (await makeSkeleton(paths, await pointsIn())) {
    libc.unmount(paths.root);
    mount([paths.skeleton]);
  }
}

/** Unmounts a workload's root, if it is mounted, and deletes its writable layer. */
export async function unmountRoot(libc: Libc, paths: WorkloadPaths): Promise<void> {
  const mounted = (await mountTable()).filter(({ target }) => target === paths.root);
  for (const _ of mounted) libc.unmount(paths.root);
  await rm(paths.scratch, { recursive: true, force: true });
}

/** Makes what is missing under the mounted root; false when nothing is. */
async function makeSkeleton({ root, skeleton }: WorkloadPaths, points: readonly MountPoint[]): Promise<boolean> {
  let made = false;
  for (const { path, kind } of points) {
    const resolved = await resolveInRoot(root, path);
    if (resolved.path === resolved.existing) continue;
    made = true;
    await copyDirectories(root, skeleton, resolved.existing);
    const parent = kind === "directory" ? resolved.path : resolved.path.slice(0, resolved.path.lastIndexOf("/"));
    await placeDirectory(`${skeleton}${parent}`, 0o755);
    if (kind === "file") await placeFile(`${skeleton}${resolved.path}`, "", 0o644);
  }
  return made;
}

/** Makes `path` and the directories above it in `to`, with owner and mode of those in `from`. */
async function copyDirectories(from: string, to: string, path: string): Promise<void> {
  const parts = path.split("/").filter((part) => part !== "");
  for (let depth = 0; depth <= parts.length; depth++) {
    const directory = parts
      .slice(0, depth)
      .map((part) => `/${part}`)
      .join("");
    if ((await lstat(`${to}${directory}`).catch(() => undefined)) !== undefined) continue;
    const { uid, gid, mode } = await stat(`${from}${directory}`);
    await mkdir(`${to}${directory}`, { recursive: depth === 0 });
    await chown(`${to}${directory}`, uid, gid);
    await chmod(`${to}${directory}`, mode & 0o7777);
  }
}
