import { mkdir, rmdir } from "node:fs/promises";
import { ReasonError } from "../../model/reason.ts";
import type { LayerMount } from "./layer-mounts.ts";
import { type Libc, MOUNT_FLAGS } from "./libc.ts";
import { mountTable } from "./mount-table.ts";
import { type EnginePaths, layersDirectory } from "./paths.ts";
import { placeDirectory } from "./place.ts";

const { readOnly, noSuid, noDev } = MOUNT_FLAGS;

/**
 * Mounts the layers that are not mounted yet, each once for all workloads (erofs.rst: since Linux 6.12 of the file itself,
 * without a loop device).
 */
export async function mountLayers(libc: Libc, paths: EnginePaths, layers: readonly LayerMount[]): Promise<void> {
  const directory = layersDirectory(paths);
  await placeDirectory(`${directory}/empty`, 0o755);
  const mounted = new Map((await mountTable()).map(({ target, source }) => [target, source]));
  for (const { name, file } of layers) {
    const target = `${directory}/${name}`;
    const source = mounted.get(target);
    if (source === file) continue;
    if (source !== undefined) throw mismatch(target, source, file);
    await mkdir(target, { recursive: true });
    libc.mount(file, target, "erofs", readOnly | noSuid | noDev, "");
  }
}

/** Two layers of one short name, or an image store that moved: never a reason to run on somebody else's files. */
function mismatch(target: string, source: string, file: string): ReasonError {
  return new ReasonError({ code: "start-failed", message: `${target} holds ${source} in place of ${file}` });
}

/** Unmounts every layer not in `used`. */
export async function unmountLayers(libc: Libc, paths: EnginePaths, used: ReadonlySet<string>): Promise<void> {
  const directory = layersDirectory(paths);
  const unused = (await mountTable())
    .map(({ target }) => target)
    .filter((target) => target.startsWith(`${directory}/`) && !used.has(target.slice(directory.length + 1)));
  for (const target of unused) {
    libc.unmount(target);
    await rmdir(target);
  }
}
