import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { untilAborted } from "./abort.ts";
import { acquireImage } from "./acquire.ts";
import { unpackArchive } from "./archive.ts";
import { type ArchivedImage, archivedImages } from "./archived-image.ts";
import { canonical } from "./canonical.ts";
import type { StoreContext } from "./context.ts";
import type { ImageRecord } from "./image-record.ts";
import { archiveInvalid, explainDiskError } from "./problems.ts";
import { resolvedImage } from "./resolve.ts";

/**
 * Brings the images of a tar archive here, under `reference` or the names the archive gives them. All of it is checked
 * before the first image counts. Errors: `archive-invalid`, `wrong-architecture`, `digest-mismatch`, `disk-full`, and
 * those of manifests and layers.
 */
export async function importArchive(
  context: StoreContext,
  archive: ReadableStream<Uint8Array>,
  options: { reference?: string; signal: AbortSignal },
): Promise<ImageRecord[]> {
  const { signal } = options;
  const directory = join(context.layout.temporary, randomUUID());
  await mkdir(directory, { mode: 0o700 });
  try {
    const meter = context.space.meter("the archive");
    const contents = await unpackArchive(chunks(archive, signal), directory, meter);
    const archived = await archivedImages(contents, context.architecture);
    const images = named(archived, options.reference).map(({ image, reference }) => ({
      blobs: image.blobs,
      image: resolvedImage({ reference, manifest: image.manifest, config: image.config }, context.architecture),
    }));
    for (const { image, blobs } of images) {
      const origin = {
        async obtain({ digest }: { readonly digest: string }): Promise<string> {
          const path = blobs.get(digest);
          if (path === undefined) throw archiveInvalid(`it lacks the blob ${digest}`);
          return path;
        },
        // Another image of the archive may have the same layer; all go together in the end.
        async release(): Promise<void> {},
      };
      await acquireImage(context, { image, origin, signal, onMissing: () => () => {} });
    }
    return images.map(({ image }) => image.record);
  } catch (error) {
    throw explainDiskError(error, "the archive");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Each image under each of its names. */
function named(
  images: readonly ArchivedImage[],
  reference: string | undefined,
): Array<{ image: ArchivedImage; reference: string }> {
  const [only, ...others] = images;
  if (reference !== undefined && only !== undefined) {
    if (others.length > 0) throw archiveInvalid(`it holds ${images.length} images, which cannot share one name`);
    return [{ image: only, reference: canonical(reference) }];
  }
  return images.flatMap((image) => {
    if (image.names.length === 0)
      throw archiveInvalid("it does not name its image: give the reference to import it as");
    return image.names.map((name) => ({ image, reference: canonical(name) }));
  });
}

async function* chunks(stream: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await untilAborted(reader.read(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    // What nobody reads any more must not be sent on; a stream that has failed says so again here.
    reader.cancel().catch(() => {});
  }
}
