import { createHash } from "node:crypto";
import type { ImageConfig } from "../../model/image.ts";
import { isWithin, namesOf } from "../../model/paths.ts";
import { bytesOf } from "../../model/quantity.ts";
import { ReasonError } from "../../model/reason.ts";
import type { Workload } from "../../model/workload.ts";
import { resolveInRoot } from "../root/in-root.ts";

/** What is mounted at a place. */
export type PlaceContent =
  | { readonly kind: "tmpfs"; readonly size: number; readonly mode: string }
  | { readonly kind: "volume"; readonly volume: string; readonly readOnly: boolean; readonly copy: boolean }
  | { readonly kind: "mount"; readonly index: number; readonly source: string; readonly readOnly: boolean }
  | { readonly kind: "file"; readonly index: number }
  | { readonly kind: "memory"; readonly mode: string | undefined };

/** A place in a workload where its manifest or its image wants something mounted. */
export interface Place {
  /** The manifest's field; undefined where the image asks. */
  readonly field: string | undefined;
  readonly path: string;
  readonly content: PlaceContent;
}

/** A place as its root has it. */
export interface SettledPlace extends Place {
  /** Its path in the root, the image's links followed. */
  readonly destination: string;
  /** Whether the image itself has something there. */
  readonly inImage: boolean;
}

/**
 * Every place of a manifest, and with `imageVolumes: keep` one for each VOLUME of the image (image-spec config.md, Volumes)
 * that lies in no other: where the manifest gives a place to a folder, all below it belongs there.
 */
export function placesOf(manifest: Workload, config: ImageConfig): Place[] {
  const own: Place[] = [
    ...manifest.tmpfs.map(({ path, size, mode }, index) => ({
      field: `tmpfs[${index}].path`,
      path,
      content: { kind: "tmpfs", size: bytesOf(size), mode } as const,
    })),
    ...manifest.volumes.map(({ path, name, readOnly, copy }, index) => ({
      field: `volumes[${index}].path`,
      path,
      content: { kind: "volume", volume: name, readOnly, copy } as const,
    })),
    ...manifest.mounts.map(({ path, source, readOnly }, index) => ({
      field: `mounts[${index}].path`,
      path,
      content: { kind: "mount", index, source, readOnly } as const,
    })),
    ...manifest.files.map(({ path }, index) => ({
      field: `files[${index}].path`,
      path,
      content: { kind: "file", index } as const,
    })),
  ];
  if (manifest.imageVolumes === "none") return own;
  const free = declaredVolumes(config).filter((path) => !own.some((place) => isWithin(path, place.path)));
  return [
    ...own,
    ...free.map((path) => ({
      field: undefined,
      path,
      content: { kind: "volume", volume: imageVolumeName(manifest.name, path), readOnly: false, copy: true } as const,
    })),
  ];
}

/** The VOLUMEs of an image that something may be mounted on, each once. */
export function declaredVolumes(config: ImageConfig): string[] {
  return [...new Set(Object.keys(config.Volumes ?? {}).map((path) => `/${namesOf(path).join("/")}`))].filter(
    mayBeMounted,
  );
}

/** An image is a stranger's: what it declares at the root, over the kernel's files or with dots is passed over. */
function mayBeMounted(path: string): boolean {
  const kernel = ["/proc", "/sys", "/dev"].some((folder) => isWithin(path, folder));
  return path !== "/" && !kernel && !namesOf(path).some((name) => name === "." || name === "..");
}

/** Characters of a DNS label. */
const LABEL_LENGTH = 63;

/** The volume of a place that an image declares: `WORKLOAD.PLACE`. Two places never have one name. */
export function imageVolumeName(workload: string, path: string): string {
  const names = namesOf(path);
  const plain = names.join("-");
  if (plain.length <= LABEL_LENGTH && names.every((name) => /^[a-z0-9]+$/.test(name))) return `${workload}.${plain}`;
  const hash = createHash("sha256").update(names.join("/")).digest("hex").slice(0, 8);
  const readable = plain
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, LABEL_LENGTH - 9);
  return `${workload}.${readable === "" ? "" : `${readable}-`}${hash}`;
}

/**
 * Finds where places lie in a mounted root, parents before children.
 *
 * @throws ReasonError `mount-conflict` when the image's links make two of a manifest's places one
 */
export function settlePlaces(root: string, places: readonly Place[]): SettledPlace[] {
  const settled = new Map<string, SettledPlace>();
  for (const place of places) {
    const { path: destination, existing } = resolveInRoot(root, place.path);
    const other = settled.get(destination);
    if (other === undefined) settled.set(destination, { ...place, destination, inImage: existing === destination });
    else if (place.field !== undefined) throw conflict(place, other);
  }
  return [...settled.values()].sort((a, b) => namesOf(a.destination).length - namesOf(b.destination).length);
}

function conflict(place: Place, other: SettledPlace): ReasonError {
  return new ReasonError({
    code: "mount-conflict",
    message: `${place.path} and ${other.path} are one place in the image, ${other.destination}`,
    field: place.field ?? "imageVolumes",
    value: place.path,
    allowed: "each place of the image once in tmpfs, volumes, mounts and files",
  });
}
