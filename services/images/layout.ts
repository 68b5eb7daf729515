import { join } from "node:path";
import { digestOf, hexOf } from "./digest.ts";

/** Where the image store keeps what. Every file below the first four is whole: it got its name by a rename. */
export interface Layout {
  /** `<diff id>.erofs`: one file a layer, shared between images */
  readonly layers: string;
  /** `<diff id>`: what a layer's archive held beside its files, to have the archive back. */
  readonly outlines: string;
  /** `<sha256 of the reference>.json`: one record an image. */
  readonly images: string;
  /** `<sha256 of the reference>.json`: what an unfinished pull has begun to bring here. */
  readonly pulls: string;
  /** `<blob digest>`: the beginning of a blob, to be resumed. */
  readonly partial: string;
  /** Work in progress that cannot be resumed; emptied when the store opens. */
  readonly temporary: string;
}

/** The folders below an image store's directory. */
export function layoutOf(directory: string): Layout {
  return {
    layers: join(directory, "layers", "sha256"),
    outlines: join(directory, "outlines", "sha256"),
    images: join(directory, "images"),
    pulls: join(directory, "pulls"),
    partial: join(directory, "partial"),
    temporary: join(directory, "temporary"),
  };
}

/** Path of a layer's EROFS file. */
export function layerFile(layout: Layout, diffId: string): string {
  return join(layout.layers, `${hexOf(diffId)}.erofs`);
}

/** Path of a layer's outline. */
export function outlineFile(layout: Layout, diffId: string): string {
  return join(layout.outlines, hexOf(diffId));
}

/** Path of a blob that is being downloaded. */
export function partialFile(layout: Layout, blobDigest: string): string {
  return join(layout.partial, hexOf(blobDigest));
}

/** The file name that stands for a canonical reference. */
export function referenceKey(reference: string): string {
  return `${hexOf(digestOf(reference))}.json`;
}
