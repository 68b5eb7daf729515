import { z } from "zod";
import { ImageConfig } from "../model/image.ts";
import { DIGEST } from "./digest.ts";
import { type Manifest, parseJson, shaped } from "./manifest.ts";
import { manifestInvalid } from "./problems.ts";

/** Docker writes null for what is not set; that is the same as leaving it out. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}

/** The part of an image's configuration document that Berth reads. Source: image-spec config.md. */
const ImageFile = z.object({
  architecture: z.string(),
  os: z.string(),
  variant: z.string().optional(),
  rootfs: z.object({
    type: z.literal("layers"),
    diff_ids: z.array(z.string().regex(DIGEST, "a sha256 digest")).nullish(),
  }),
  config: z.preprocess(withoutNulls, ImageConfig.optional()),
});

/** What is read out of an image's configuration. */
export interface ImageFile {
  readonly architecture: string;
  readonly os: string;
  readonly variant: string | undefined;
  /** Digests of the uncompressed layers, lowest first. */
  readonly diffIds: readonly string[];
  readonly config: ImageConfig;
}

/** Reads an image's configuration document; `manifest-invalid` when it is none. */
export function parseImageFile(bytes: Uint8Array, subject: string): ImageFile {
  const file = shaped(ImageFile, withoutNulls(parseJson(bytes, subject)), subject);
  return {
    architecture: file.architecture,
    os: file.os,
    variant: file.variant,
    diffIds: file.rootfs.diff_ids ?? [],
    config: file.config ?? {},
  };
}

/** A layer as it is to be brought here: the blob that travels and what it unpacks to. */
export interface LayerSource {
  /** Digest of the blob, compressed or not. */
  readonly digest: string;
  /** The blob's size in bytes. */
  readonly size: number;
  /** Digest of the tar inside it. */
  readonly diffId: string;
}

/** Pairs a manifest's layers with the diff ids of its configuration; `manifest-invalid` when they do not go together. */
export function layerSources(manifest: Manifest, file: ImageFile, subject: string): LayerSource[] {
  if (manifest.layers.length !== file.diffIds.length)
    throw manifestInvalid(
      subject,
      `has ${manifest.layers.length} layers, but its configuration lists ${file.diffIds.length}`,
    );
  return manifest.layers.map((layer, position) => ({
    digest: layer.digest,
    size: layer.size,
    diffId: file.diffIds[position] ?? "",
  }));
}
