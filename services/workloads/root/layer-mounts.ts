import type { Image } from "../../model/image.ts";
import { type EnginePaths, idmappedDirectory, layersDirectory } from "../instance/paths.ts";

/** A layer to mount: its EROFS file, and the name of its mount. */
export interface LayerMount {
  readonly name: string;
  readonly file: string;
}

/** Characters of a diff id's hex that name a mount: few, for the page of mount(2)'s options. */
const NAME_LENGTH = 16;

/**
 * The mounts an image stands on, topmost first, each layer once: overlayfs refuses one twice, and of two the upper one
 * hides the lower.
 *
 * @param files the layers' EROFS files, lowest first
 */
export function layerMounts(image: Image, files: readonly string[]): LayerMount[] {
  if (files.length !== image.layers.length) throw new Error(`${image.reference} has layers without files`);
  const mounts = new Map<string, LayerMount>();
  for (const [index, { diffId }] of [...image.layers.entries()].reverse()) {
    const file = files[index];
    const name = diffId.replace(/^[a-z0-9+._-]+:/, "").slice(0, NAME_LENGTH);
    if (file !== undefined && !mounts.has(name)) mounts.set(name, { name, file });
  }
  return [...mounts.values()];
}

/**
 * What overlayfs stands on, topmost first: the layers where they are mounted for all, or, where `first` is given, once
 * more with the owners of the range that begins there. Always with an empty directory at the bottom: without a writable
 * layer the kernel asks for two lower ones at least (overlayfs.rst).
 */
export function lowerDirectories(paths: EnginePaths, layers: readonly string[], first?: number): string[] {
  const shared = layersDirectory(paths);
  const directories =
    first === undefined
      ? layers.map((name) => `${shared}/${name}`)
      : layers.map((_, index) => `${idmappedDirectory(paths, first)}/${index}`);
  return [...directories, `${shared}/empty`];
}
