import type { ImageReference } from "../model/image-reference.ts";
import { formatImageReference } from "../model/image-reference.ts";
import { type LayerSource, layerSources } from "./image-file.ts";
import { type ImageRecord, imageRecord } from "./image-record.ts";
import { documentText, type Manifest, parseDocument } from "./manifest.ts";
import { type Architecture, chooseManifest, requireArchitecture } from "./platform.ts";
import { manifestInvalid } from "./problems.ts";
import type { Registry, Served } from "./registry.ts";

/** An image as a reference names it now, with what is needed to bring it here. */
export interface ResolvedImage {
  readonly record: ImageRecord;
  /** Each layer once, though an image may stack it more often. */
  readonly layers: readonly LayerSource[];
}

/**
 * Asks the registry what a reference names on this architecture. A digest goes before a tag. Errors: the registry's,
 * `wrong-architecture`, `manifest-invalid`, `layer-unsupported`.
 */
export async function resolveImage(
  registry: Registry,
  reference: ImageReference,
  architecture: Architecture,
  signal: AbortSignal,
): Promise<ResolvedImage> {
  const subject = formatImageReference(reference);
  const { repository } = reference;
  const named = await registry.document(repository, reference.digest ?? reference.tag ?? "latest", signal);
  const { served, manifest } = await descend(registry, repository, named, architecture, subject, signal);
  const config = await registry.smallBlob(repository, manifest.config.digest, signal);
  return resolvedImage(
    { reference: subject, manifest: documentText(served.bytes, subject), config: documentText(config.bytes, subject) },
    architecture,
  );
}

async function descend(
  registry: Registry,
  repository: string,
  served: Served,
  architecture: Architecture,
  subject: string,
  signal: AbortSignal,
): Promise<{ served: Served; manifest: Manifest }> {
  const document = parseDocument(served.bytes, served.mediaType, subject);
  if (document.kind === "manifest") return { served, manifest: document.manifest };
  const chosen = chooseManifest(document.index.manifests, architecture, subject);
  const inner = await registry.document(repository, chosen.digest, signal);
  const innerDocument = parseDocument(inner.bytes, inner.mediaType ?? chosen.mediaType, subject);
  if (innerDocument.kind === "index") throw manifestInvalid(subject, "is an index of indexes");
  return { served: inner, manifest: innerDocument.manifest };
}

/** An image of its documents, checked against the device's architecture. */
export function resolvedImage(
  documents: { readonly reference: string; readonly manifest: string; readonly config: string },
  architecture: Architecture,
): ResolvedImage {
  const record = imageRecord(documents.reference, documents.manifest, documents.config);
  const { file, manifest, reference } = record;
  requireArchitecture(
    { os: file.os, architecture: file.architecture, ...variantOf(file.variant) },
    architecture,
    reference,
  );
  const byDiffId = new Map<string, LayerSource>();
  for (const layer of layerSources(manifest, file, reference))
    if (!byDiffId.has(layer.diffId)) byDiffId.set(layer.diffId, layer);
  return { record, layers: [...byDiffId.values()] };
}

function variantOf(variant: string | undefined): { variant?: string } {
  return variant === undefined ? {} : { variant };
}
