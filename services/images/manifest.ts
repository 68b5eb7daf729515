import { z } from "zod";
import { ReasonError } from "../model/reason.ts";
import { DIGEST } from "./digest.ts";
import { documentKind, isImageConfig, isLayer, LAYER_TYPES_TEXT } from "./media-types.ts";
import { manifestInvalid } from "./problems.ts";

/** Most bytes of a manifest, index or image configuration; the distribution-spec asks registries to take 4 MiB. */
export const DOCUMENT_LIMIT = 4 * 1024 * 1024;

const Platform = z.object({ architecture: z.string(), os: z.string(), variant: z.string().optional() });
export type Platform = z.infer<typeof Platform>;

/** What points at a blob: its type, digest and size in bytes. Source: image-spec descriptor.md. */
export const Descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(DIGEST, "a sha256 digest"),
  size: z.int().min(0),
  platform: Platform.optional(),
  annotations: z.record(z.string(), z.string()).nullish(),
});
export type Descriptor = z.infer<typeof Descriptor>;

/** Source: image-spec image-index.md. */
const Index = z.object({ mediaType: z.string().optional(), manifests: z.array(Descriptor).max(1000) });
type Index = z.infer<typeof Index>;

/** Source: image-spec manifest.md. */
const Manifest = z.object({
  mediaType: z.string().optional(),
  config: Descriptor,
  // overlayfs takes 500, two of which are ours (overlayfs.rst).
  layers: z.array(Descriptor).max(498),
});
export type Manifest = z.infer<typeof Manifest>;

/** A document a reference can name. */
export type Document =
  | { readonly kind: "index"; readonly index: Index }
  | { readonly kind: "manifest"; readonly manifest: Manifest };

/**
 * Reads an index or a manifest. `contentType` is how it was served or described; `subject` names it in errors
 * (`manifest-invalid`, `layer-unsupported`).
 */
export function parseDocument(bytes: Uint8Array, contentType: string | undefined, subject: string): Document {
  const json = parseJson(bytes, subject);
  const has = (key: string) => typeof json === "object" && json !== null && key in json;
  // One document must not be read as an index here and as a manifest elsewhere (CVE-2021-41190).
  if (has("manifests") && (has("layers") || has("config")))
    throw manifestInvalid(subject, "is an index and a manifest at once");
  const declared = has("mediaType") ? z.object({ mediaType: z.string() }).safeParse(json).data?.mediaType : undefined;
  const type = declared ?? contentType?.split(";")[0]?.trim() ?? "";
  switch (documentKind(type)) {
    case "index":
      return { kind: "index", index: shaped(Index, json, subject) };
    case "manifest":
      return { kind: "manifest", manifest: imageManifest(json, subject) };
    case "other":
      // Layouts and some registries leave the type out; the shape is then clear enough.
      if (declared === undefined && has("manifests")) return { kind: "index", index: shaped(Index, json, subject) };
      if (declared === undefined && has("layers")) return { kind: "manifest", manifest: imageManifest(json, subject) };
      throw manifestInvalid(subject, `has the media type ${JSON.stringify(type)}, which is not an image's`);
  }
}

function imageManifest(json: unknown, subject: string): Manifest {
  const manifest = shaped(Manifest, json, subject);
  if (!isImageConfig(manifest.config.mediaType))
    throw manifestInvalid(
      subject,
      `is an artifact (${JSON.stringify(manifest.config.mediaType)}), not a container image`,
    );
  const strange = manifest.layers.find((layer) => !isLayer(layer.mediaType));
  if (strange === undefined) return manifest;
  throw new ReasonError({
    code: "layer-unsupported",
    message: `${subject} has a layer of the media type ${JSON.stringify(strange.mediaType)}, which this device cannot unpack`,
    value: strange.mediaType,
    allowed: LAYER_TYPES_TEXT,
  });
}

/** The text of a document, byte for byte: encoding it again gives the same bytes. */
export function documentText(bytes: Uint8Array, subject: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw manifestInvalid(subject, "is not UTF-8", cause);
  }
}

/** Parses JSON from outside; `manifest-invalid` when it is none. */
export function parseJson(bytes: Uint8Array, subject: string): unknown {
  try {
    const value: unknown = JSON.parse(documentText(bytes, subject));
    return value;
  } catch (cause) {
    if (cause instanceof ReasonError) throw cause;
    throw manifestInvalid(subject, "is not JSON", cause);
  }
}

/** `json` by `schema`; `manifest-invalid` naming the first field at fault. */
export function shaped<S extends z.ZodType>(schema: S, json: unknown, subject: string): z.output<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw manifestInvalid(subject, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not valid"}`, parsed.error);
}
