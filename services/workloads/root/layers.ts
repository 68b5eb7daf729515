import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmdirSync } from "node:fs";
import { ReasonError } from "../../model/reason.ts";
import { type EnginePaths, idmappedDirectory, layersDirectory } from "../instance/paths.ts";
import { type Libc, MOUNT_FLAGS } from "../kernel/libc.ts";
import { mountTable } from "../kernel/mount-table.ts";
import type { UserNamespace } from "../kernel/namespaces.ts";
import { placeDirectory } from "../place.ts";
import { type LayerMount, lowerDirectories } from "./layer-mounts.ts";

const { readOnly, noSuid, noDev, noExec } = MOUNT_FLAGS;

/**
 * Mounts the layers that are not mounted yet, each once for all workloads (erofs.rst: since Linux 6.12 of the file itself,
 * without a loop device).
 */
export function mountLayers(libc: Libc, paths: EnginePaths, layers: readonly LayerMount[]): void {
  const directory = layersDirectory(paths);
  placeDirectory(`${directory}/empty`, 0o755);
  const mounted = new Map(mountTable().map(({ target, source }) => [target, source]));
  for (const { name, file } of layers) {
    const target = `${directory}/${name}`;
    const source = mounted.get(target);
    if (source === file) continue;
    if (source !== undefined) throw mismatch(target, source, file);
    mkdirSync(target, { recursive: true });
    libc.mount(file, target, "erofs", readOnly | noSuid | noDev, "");
  }
}

/** Two layers of one short name, or an image store that moved: never a reason to run on somebody else's files. */
function mismatch(target: string, source: string, file: string): ReasonError {
  return new ReasonError({ code: "start-failed", message: `${target} holds ${source} in place of ${file}` });
}

/** Unmounts every layer not in `used`. */
export function unmountLayers(libc: Libc, paths: EnginePaths, used: ReadonlySet<string>): void {
  const directory = layersDirectory(paths);
  const unused = mountTable()
    .map(({ target }) => target)
    .filter((target) => target.startsWith(`${directory}/`) && !used.has(target.slice(directory.length + 1)));
  for (const target of unused) {
    libc.unmount(target);
    rmdirSync(target);
  }
}

/**
 * Mounts layers once more, with the owners that a workload's user namespace makes of theirs: what is shared stays
 * shared, and belongs to the workload all the same (mount_setattr(2), ID-mapped mounts). They lie in a place of their own, which
 * {@link unmountIdmapped} clears at one stroke.
 *
 * @param layers names of layer mounts, topmost first
 */
export function mountIdmapped(libc: Libc, paths: EnginePaths, layers: readonly string[], user: UserNamespace): void {
  const place = idmappedDirectory(paths, user.first);
  mkdirSync(place, { recursive: true });
  libc.mount("berth", place, "tmpfs", noSuid | noDev | noExec, "mode=0700");
  // Services with mounts of their own need no copy of these.
  libc.mount("", place, "", MOUNT_FLAGS.private, "");
  const [from, to] = [lowerDirectories(paths, layers), lowerDirectories(paths, layers, user.first)];
  const namespace = openSync(user.path, "r");
  try {
    for (const index of layers.keys()) {
      const [source, target] = [from[index], to[index]];
      if (source === undefined || target === undefined) continue;
      mkdirSync(target);
      libc.mountIdmapped(source, target, namespace);
    }
  } finally {
    closeSync(namespace);
  }
}

/**
 * Unmounts what {@link mountIdmapped} mounted and deletes its places, for every range but those in `used`, by their first
 * id. A place may be there without its mount: a root that is mounted once needs it no longer than that.
 */
export function unmountIdmapped(libc: Pick<Libc, "unmount">, paths: EnginePaths, used: ReadonlySet<number>): void {
  const kept = new Set([...used].map((first) => idmappedDirectory(paths, first)));
  const parent = `${paths.runtime}/i`;
  const mounted = new Set(mountTable().map(({ target }) => target));
  for (const name of existsSync(parent) ? readdirSync(parent) : []) {
    const place = `${parent}/${name}`;
    if (kept.has(place)) continue;
    if (mounted.has(place)) libc.unmount(place, "detach");
    rmdirSync(place);
  }
}
