import type { Image } from "../model/image.ts";
import type { ImageAccount, ImageInFull } from "../supervisor/ports.ts";
import type { StoreContext } from "./context.ts";
import { diskBytes } from "./files.ts";
import { layerSources } from "./image-file.ts";
import type { ImageRecord } from "./image-record.ts";
import { layerFile, outlineFile } from "./layout.ts";

/** Which images have a layer, and the bytes of disk it takes. */
interface LayerUse {
  readonly bytes: number;
  readonly references: ReadonlySet<string>;
}

/** An image that is here, with its record. */
export interface KeptImage {
  readonly image: Image;
  readonly record: ImageRecord;
}

/** What each image takes of the disk: layers of its own, and those it shares. */
export async function accountImages(context: StoreContext, kept: readonly KeptImage[]): Promise<ImageAccount[]> {
  const uses = await layerUses(context, kept);
  return kept.map(({ image }) => account(image, uses));
}

/** One image in full, among all that are here. */
export async function imageInFull(
  context: StoreContext,
  { image, record }: KeptImage,
  kept: readonly KeptImage[],
): Promise<ImageInFull> {
  const uses = await layerUses(context, kept);
  const contents = layerSources(record.manifest, record.file, record.reference).map(({ diffId, digest }) => {
    const use = uses.get(diffId);
    const images = [...(use?.references ?? [])].filter((reference) => reference !== record.reference).sort();
    return { diffId, blob: digest, bytes: use?.bytes ?? 0, images };
  });
  const [manifest, configuration]: unknown[] = [JSON.parse(record.manifestText), JSON.parse(record.configText)];
  return { ...account(image, uses), contents, manifest, configuration };
}

async function layerUses({ layout }: StoreContext, kept: readonly KeptImage[]): Promise<ReadonlyMap<string, LayerUse>> {
  const references = new Map<string, Set<string>>();
  for (const { image } of kept)
    for (const { diffId } of image.layers)
      references.set(diffId, (references.get(diffId) ?? new Set()).add(image.reference));
  const uses = await Promise.all(
    [...references].map(async ([diffId, users]): Promise<[string, LayerUse]> => {
      const files = [layerFile(layout, diffId), outlineFile(layout, diffId)];
      const [erofs = 0, outline = 0] = await Promise.all(files.map(diskBytes));
      return [diffId, { bytes: erofs + outline, references: users }];
    }),
  );
  return new Map(uses);
}

function account(image: Image, uses: ReadonlyMap<string, LayerUse>): ImageAccount {
  let own = 0;
  let shared = 0;
  for (const diffId of new Set(image.layers.map((layer) => layer.diffId))) {
    const use = uses.get(diffId);
    if (use === undefined) continue;
    if (use.references.size > 1) shared += use.bytes;
    else own += use.bytes;
  }
  return { ...image, bytes: { total: own + shared, own, shared } };
}
