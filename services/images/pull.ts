import { formatImageReference, type ImageReference } from "../model/image-reference.ts";
import type { PullProgress } from "../supervisor/ports.ts";
import { acquireImage } from "./acquire.ts";
import type { StoreContext } from "./context.ts";
import { downloadBlob } from "./download.ts";
import { remove } from "./files.ts";
import type { ImageRecord } from "./image-record.ts";
import type { BlobOrigin } from "./layer-store.ts";
import { partialFile, referenceKey } from "./layout.ts";
import { explainDiskError, hasCode } from "./problems.ts";
import { ProgressMeter } from "./progress.ts";
import type { Registry } from "./registry.ts";
import { type ResolvedImage, resolveImage } from "./resolve.ts";
import { type RetryDelays, retrying } from "./retry.ts";
import type { Semaphore } from "./semaphore.ts";

/** How a pull goes about it. */
export interface PullSettings {
  readonly registry: Registry;
  /** Bounds the downloads of all pulls together. */
  readonly downloads: Semaphore;
  readonly delays: RetryDelays;
  readonly now: () => number;
}

/** Brings the image a reference names here. */
export async function pullImage(
  context: StoreContext,
  settings: PullSettings,
  reference: ImageReference,
  options: { signal: AbortSignal; onProgress(progress: PullProgress): void },
): Promise<ImageRecord> {
  const { signal, onProgress } = options;
  const { registry, delays, now } = settings;
  const name = formatImageReference(reference);
  onProgress({ message: `asking ${reference.registry}`, done: 0, total: undefined });
  const image = await retrying(async () => await resolveImage(registry, reference, context.architecture, signal), {
    delays,
    signal,
  });
  try {
    await acquireImage(context, {
      image,
      origin: registryOrigin(context, settings, reference.repository),
      signal,
      onMissing(missing) {
        const all = image.layers.length;
        const meter = new ProgressMeter({ missing, all, tell: (progress) => onProgress(progress), now });
        meter.tell();
        return (diffId, progress) => meter.update(diffId, progress);
      },
    });
    return image.record;
  } catch (cause) {
    const error = explainDiskError(cause, name);
    if (hasCode(error, "disk-full")) await makeRoom(context, image);
    throw error;
  }
}

/** Gives back what a pull that does not fit has begun, but for what another pull is at. */
async function makeRoom(context: StoreContext, image: ResolvedImage): Promise<void> {
  await context.housekeeping.run(async () => {
    const claimed = new Set(context.claims.blobs());
    for (const { digest } of image.layers) if (!claimed.has(digest)) await remove(partialFile(context.layout, digest));
    if (!context.claims.references().includes(image.record.reference))
      await context.pending.remove(referenceKey(image.record.reference));
  });
}

/** Blobs by download into `partial`. */
function registryOrigin(context: StoreContext, settings: PullSettings, repository: string): BlobOrigin {
  const { registry, downloads, delays } = settings;
  return {
    async obtain(blob, signal, report) {
      const file = partialFile(context.layout, blob.digest);
      const download = {
        blob,
        file,
        signal,
        delays,
        fetch: async (offset: number) => await registry.blob(repository, blob.digest, offset, signal),
        meter: context.space.meter(`downloading blob ${blob.digest}`),
        report,
      };
      await downloads.run(async () => await downloadBlob(download), signal);
      return file;
    },
    async release(file) {
      await remove(file);
    },
  };
}
