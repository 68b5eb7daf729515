import { z } from "zod";
import type { StoreContext } from "./context.ts";
import { digestOf, hexOf } from "./digest.ts";
import type { ImageRecord } from "./image-record.ts";
import { layerTar, layerTarSize, type OpenLayer } from "./layer-tar.ts";
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST } from "./media-types.ts";
import { ARCHIVE_END, fileHeader, padding } from "./tar-writer.ts";

/** A layer of the image, once. */
interface ExportedLayer {
  readonly diffId: string;
  readonly size: number;
}

/**
 * An image as a tar archive of an OCI image layout (image-spec image-layout.md), with docker's manifest.json in it too, as
 * `docker save` writes both. Its configuration and its layers' content are the stored ones, byte for byte, so that the
 * image's id and diff ids stay; its layers are not compressed, so that its manifest is another. Errors:
 * `layer-not-exportable`, also in the middle, when a file on the disk is not what it was.
 */
export async function exportImage(
  context: StoreContext,
  record: ImageRecord,
  options: { readonly openLayer: OpenLayer; readonly signal: AbortSignal },
): Promise<ReadableStream<Uint8Array>> {
  const { layout, claims } = context;
  const diffIds = [...new Set(record.file.diffIds)];
  const endClaim = claims.add({ reference: record.reference, blobs: [], layers: diffIds });
  try {
    const sizes = new Map<string, number>();
    // All that can be known to be missing is said before the first byte.
    for (const diffId of diffIds) sizes.set(diffId, await layerTarSize(layout, diffId));
    const layers = record.file.diffIds.map((diffId) => ({ diffId, size: sizes.get(diffId) ?? 0 }));
    return readable(archive(context, record, layers, options), endClaim);
  } catch (error) {
    endClaim();
    throw error;
  }
}

async function* archive(
  { layout }: StoreContext,
  record: ImageRecord,
  layers: readonly ExportedLayer[],
  { openLayer, signal }: { readonly openLayer: OpenLayer; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const { reference, configText } = record;
  const manifest = manifestOf(record, layers);
  const documents: ReadonlyArray<readonly [name: string, text: string]> = [
    ["oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" })],
    ["index.json", indexOf(reference, manifest)],
    ["manifest.json", dockerManifest(record, layers)],
    [blobName(digestOf(manifest)), manifest],
    [blobName(digestOf(configText)), configText],
  ];
  for (const [name, text] of documents) yield* file(name, new TextEncoder().encode(text));
  const written = new Set<string>();
  for (const { diffId, size } of layers) {
    if (written.has(diffId)) continue;
    written.add(diffId);
    yield fileHeader(blobName(diffId), size);
    yield* layerTar(layout, diffId, { openLayer, signal });
    yield padding(size);
  }
  yield ARCHIVE_END;
}

function* file(name: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield fileHeader(name, bytes.length);
  yield bytes;
  yield padding(bytes.length);
}

function blobName(digest: string): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

/** The manifest with its layers as they are exported; annotations stay. */
function manifestOf({ manifestText, configText }: ImageRecord, layers: readonly ExportedLayer[]): string {
  const { annotations } = z
    .object({ annotations: z.record(z.string(), z.string()).nullish() })
    .parse(JSON.parse(manifestText));
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: {
      mediaType: OCI_CONFIG,
      digest: digestOf(configText),
      size: new TextEncoder().encode(configText).length,
    },
    layers: layers.map(({ diffId, size }) => ({ mediaType: OCI_LAYER, digest: diffId, size })),
    ...(annotations === null || annotations === undefined ? {} : { annotations }),
  });
}

function indexOf(reference: string, manifest: string): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [
      {
        mediaType: OCI_MANIFEST,
        digest: digestOf(manifest),
        size: new TextEncoder().encode(manifest).length,
        annotations: { "org.opencontainers.image.ref.name": reference, "io.containerd.image.name": reference },
      },
    ],
  });
}

function dockerManifest({ reference, configText }: ImageRecord, layers: readonly ExportedLayer[]): string {
  return JSON.stringify([
    {
      Config: blobName(digestOf(configText)),
      // A reference by digest is no tag.
      RepoTags: reference.includes("@") ? [] : [reference],
      Layers: layers.map(({ diffId }) => blobName(diffId)),
    },
  ]);
}

/** A stream of what a generator gives, which is told when nobody reads it any more. */
function readable(source: AsyncGenerator<Uint8Array>, onEnd: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await source.next();
        if (done !== true) {
          controller.enqueue(value);
          return;
        }
        onEnd();
        controller.close();
      } catch (error) {
        onEnd();
        controller.error(error);
      }
    },
    async cancel() {
      await source.return(undefined);
      onEnd();
    },
  });
}
