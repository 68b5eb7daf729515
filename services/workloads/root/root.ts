import { chmodSync, chownSync, existsSync, mkdirSync, rmdirSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { WorkloadPaths } from "../instance/paths.ts";
import type { Libc } from "../kernel/libc.ts";
import { mountTable } from "../kernel/mount-table.ts";
import { placeDirectory, placeFile } from "../place.ts";
import { resolveInRoot } from "./in-root.ts";

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
export function placeRoot({ root }: WorkloadPaths): void {
  // The container's own root passes through it.
  placeDirectory(root, 0o711);
}

/**
 * Mounts a workload's merged, read-only root. Mount points the image lacks come from a small directory laid over the
 * layers; the directories above them keep the image's owner and mode.
 *
 * @param pointsIn asked for the mount points in a root where the image alone is mounted
 */
export function mountReadOnlyRoot(
  libc: Libc,
  paths: WorkloadPaths,
  { layers, owner, setuid }: RootOptions,
  pointsIn: (plain: string) => readonly MountPoint[],
): void {
  const plain = libc.openOverlay(layers, { setuid });
  try {
    if (!makeSkeleton(plain.path, paths.skeleton, pointsIn(plain.path), owner)) {
      plain.attach(paths.root);
      return;
    }
  } finally {
    plain.close();
  }
  libc.mountOverlay(paths.root, [paths.skeleton, ...layers], { setuid });
}

/**
 * Unmounts a workload's root, and what is mounted in its bundle (its user namespace, and the image where a start was cut off
 * that filled a volume from it), and deletes its writable layer.
 */
export async function unmountRoot(libc: Libc, paths: WorkloadPaths): Promise<void> {
  const mine = (target: string) => target === paths.root || target.startsWith(`${paths.bundle}/`);
  for (const { target } of mountTable().reverse()) if (mine(target)) libc.unmount(target);
  if (existsSync(paths.root)) rmdirSync(paths.root);
  await rm(paths.scratch, { recursive: true, force: true });
}

/** Makes what is missing in a root; false when nothing is. */
function makeSkeleton(root: string, skeleton: string, points: readonly MountPoint[], owner: number): boolean {
  let made = false;
  for (const { path, kind } of points) {
    const resolved = resolveInRoot(root, path);
    if (resolved.path === resolved.existing) continue;
    made = true;
    copyDirectories(root, skeleton, resolved.existing);
    const parent = kind === "directory" ? resolved.path : resolved.path.slice(0, resolved.path.lastIndexOf("/"));
    placeDirectory(`${skeleton}${parent}`, 0o755, owner);
    if (kind === "file") placeFile(`${skeleton}${resolved.path}`, "", 0o644, owner);
  }
  return made;
}

/** Makes `path` and the directories above it in `to`, with owner and mode of those in `from`. */
function copyDirectories(from: string, to: string, path: string): void {
  const parts = path.split("/").filter((part) => part !== "");
  for (let depth = 0; depth <= parts.length; depth++) {
    const directory = parts
      .slice(0, depth)
      .map((part) => `/${part}`)
      .join("");
    if (existsSync(`${to}${directory}`)) continue;
    const { uid, gid, mode } = statSync(`${from}${directory}`);
    mkdirSync(`${to}${directory}`, { recursive: depth === 0 });
    chownSync(`${to}${directory}`, uid, gid);
    chmodSync(`${to}${directory}`, mode & 0o7777);
  }
}
