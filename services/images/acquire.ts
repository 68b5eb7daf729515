import { byDigest } from "../model/image-reference.ts";
import { allOrNone } from "./abort.ts";
import { referenceOf } from "./canonical.ts";
import type { StoreContext } from "./context.ts";
import { estimatePull } from "./disk-space.ts";
import { sizeOf } from "./files.ts";
import type { LayerSource } from "./image-file.ts";
import { type ImageRecord, imageRecord } from "./image-record.ts";
import type { BlobOrigin } from "./layer-store.ts";
import { partialFile, referenceKey } from "./layout.ts";
import type { LayerProgress } from "./progress.ts";
import type { ResolvedImage } from "./resolve.ts";
import { UnpackBudget } from "./unpack-budget.ts";

/** An image to bring here, and from where. */
export interface Acquisition {
  readonly image: ResolvedImage;
  readonly origin: BlobOrigin;
  readonly signal: AbortSignal;
  /** The layers that are not here, before work on them begins. Gives what is told of each one's progress. */
  onMissing(missing: readonly LayerSource[]): (diffId: string, progress: LayerProgress) => void;
}

/**
 * Brings an image's missing layers here, side by side, and then, only then, its record: an image that is found is whole.
 * What is done when this fails or the power goes stays and is used by the next try.
 */
export async function acquireImage(context: StoreContext, acquisition: Acquisition): Promise<void> {
  const { claims, housekeeping, pending, records } = context;
  const { record, layers } = acquisition.image;
  const claim = {
    reference: record.reference,
    blobs: layers.map(({ digest }) => digest),
    layers: layers.map(({ diffId }) => diffId),
  };
  const endClaim = claims.add(claim);
  try {
    // Waits for a collection under way: what it has not deleted by then stays.
    await housekeeping.run(async () => await pending.write(claim), acquisition.signal);
    await bringLayers(context, acquisition);
    await housekeeping.run(async () => {
      await keepFormer(context, record);
      await records.write(record);
      await pending.remove(referenceKey(record.reference));
    });
  } finally {
    endClaim();
  }
}

/** What a reference meant until now stays known by its digest: desired state may name it until it runs something newer. */
async function keepFormer({ records }: StoreContext, { reference, digest }: ImageRecord): Promise<void> {
  const former = await records.find(reference);
  if (former === undefined || former.digest === digest) return;
  const name = byDigest(referenceOf(reference), former.digest);
  await records.write(imageRecord(name, former.manifestText, former.configText));
}

async function bringLayers(context: StoreContext, acquisition: Acquisition): Promise<void> {
  const { layers } = acquisition.image;
  const states = await Promise.all(
    layers.map(async (layer) => ({
      layer,
      here: (await context.layers.size(layer.diffId)) !== undefined,
      size: layer.size,
      present: (await sizeOf(partialFile(context.layout, layer.digest))) ?? 0,
    })),
  );
  const missing = states.filter(({ here }) => !here);
  if (missing.length > 0)
    await context.space.require(estimatePull(missing, context.conversions), acquisition.image.record.reference);
  const { record } = acquisition.image;
  const compressed = layers.reduce((sum, { size }) => sum + size, 0);
  const budget = new UnpackBudget(record.reference, { compressed, least: context.unpackedBytes });
  const tell = acquisition.onMissing(missing.map(({ layer }) => layer));
  await allOrNone(
    acquisition.signal,
    missing.map(({ layer }) => async (signal: AbortSignal) => {
      const onProgress = (progress: LayerProgress) => tell(layer.diffId, progress);
      await context.layers.ensure(layer, acquisition.origin, { signal, onProgress, budget });
    }),
  );
}
