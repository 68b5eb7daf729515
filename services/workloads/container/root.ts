import { chmod, chown, lstat, mkdir, rm, rmdir, stat } from "node:fs/promises";
import { isThere } from "../../host/files.ts";
import { resolveInRoot } from "./in-root.ts";
import type { Libc } from "./libc.ts";
import { mountTable } from "./mount-table.ts";
import type { WorkloadPaths } from "./paths.ts";
import { placeDirectory, placeFile } from "./place.ts";

/** A place that must be there to be mounted over. */
export interface MountPoint {
  readonly path: string;
  readonly kind: "directory" | "file";
}

/** How a root is mounted. */
export interface RootOptions {
  /** Directories of the layers, topmost first. */
  readonly layers: readonly string[];
  /** Whose directories on the device are root's inside. */
  readonly owner: number;
  /** Whether its setuid programs and file capabilities count. */
  readonly setuid: boolean;
}

/** Makes the directory a workload's root is mounted on. */
export async function placeRoot({ root }: WorkloadPaths): Promise<void> {
  // The container's own root passes through it.
  await placeDirectory(root, 0o711);
}

/**
 * Mounts a workload's merged, read-only root. Mount points the image lacks come from a small directory laid over the
 * layers; the directories above them keep the image's owner and mode.
 *
 * @param pointsIn asked for the mount points, the image alone being mounted
 */
export async function mountReadOnlyRoot(
  libc: Libc,
  paths: WorkloadPaths,
  { layers, owner, setuid }: RootOptions,
  pointsIn: () => Promise<readonly MountPoint[]>,
): Promise<void> {
  const mount = (directories: readonly string[]) => libc.mountOverlay(paths.root, directories, { setuid });
  mount(layers);
  if (await makeSkeleton(paths, await pointsIn(), owner)) {
    libc.unmount(paths.root);
    mount([paths.skeleton, ...layers]);
  }
}

/**
 * Unmounts a workload's root, and what is mounted in its bundle (its user namespace, and the image where a start was cut off
 * that filled a volume from it), and deletes its writable layer.
 */
export async function unmountRoot(libc: Libc, paths: WorkloadPaths): Promise<void> {
  const mine = (target: string) => target === paths.root || target.startsWith(`${paths.bundle}/`);
  for (const { target } of (await mountTable()).reverse()) if (mine(target)) libc.unmount(target);
  if (await isThere(paths.root)) await rmdir(paths.root);
  await rm(paths.scratch, { recursive: true, force: true });
}

/** Makes what is missing under the mounted root; false when nothing is. */
async function makeSkeleton(
  { root, skeleton }: WorkloadPaths,
  points: readonly MountPoint[],
  owner: number,
): Promise<boolean> {
  let made = false;
  for (const { path, kind } of points) {
    const resolved = await resolveInRoot(root, path);
    if (resolved.path === resolved.existing) continue;
    made = true;
    await copyDirectories(root, skeleton, resolved.existing);
    const parent = kind === "directory" ? resolved.path : resolved.path.slice(0, resolved.path.lastIndexOf("/"));
    await placeDirectory(`${skeleton}${parent}`, 0o755, owner);
    if (kind === "file") await placeFile(`${skeleton}${resolved.path}`, "", 0o644, owner);
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
