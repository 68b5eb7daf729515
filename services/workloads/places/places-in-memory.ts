import { stat } from "node:fs/promises";
import type { ImageConfig } from "../../model/image.ts";
import { isWithin } from "../../model/paths.ts";
import type { Workload } from "../../model/workload.ts";
import { declaredVolumes, type Place, type SettledPlace } from "./places.ts";

/** A place in memory that nobody asked for, with owner and mode. */
export interface OwnedMemory {
  readonly kind: "memory";
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
}

/** What programs take to be writable everywhere (file-hierarchy(7)), with its mode; Podman's `--read-only-tmpfs`. */
const ALWAYS: ReadonlyMap<string, string> = new Map([
  ["/run", "755"],
  ["/tmp", "1777"],
  ["/var/tmp", "1777"],
]);

/**
 * Where a workload with a read-only root can write all the same, and what it writes is gone with it: /run, /tmp,
 * /var/tmp, and each VOLUME of its image that gets no volume. Not where, or below where, its manifest mounts something.
 */
export function placesInMemory(manifest: Workload, config: ImageConfig): Place[] {
  if (manifest.root !== "read-only") return [];
  const declared = manifest.imageVolumes === "none" ? declaredVolumes(config) : [];
  const taken = [...manifest.tmpfs, ...manifest.volumes, ...manifest.mounts].map(({ path }) => path);
  return [...new Set([...ALWAYS.keys(), ...declared])]
    .filter((path) => !taken.some((place) => isWithin(path, place)))
    .map((path) => ({ field: undefined, path, content: { kind: "memory", mode: ALWAYS.get(path) } }));
}

/** Such a place with owner and mode of the image's directory there, where it has one. */
export async function memoryAt(
  { destination, inImage }: Pick<SettledPlace, "destination" | "inImage">,
  mode: string | undefined,
  root: { readonly path: string; readonly firstId: number },
): Promise<OwnedMemory> {
  const like = inImage ? await stat(`${root.path}${destination}`) : undefined;
  if (like === undefined || !like.isDirectory()) return { kind: "memory", mode: mode ?? "755", uid: 0, gid: 0 };
  return {
    kind: "memory",
    mode: mode ?? (like.mode & 0o7777).toString(8),
    uid: Math.max(0, like.uid - root.firstId),
    gid: Math.max(0, like.gid - root.firstId),
  };
}
