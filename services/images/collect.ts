import { join } from "node:path";
import { syncDirectory } from "../host/atomic-file.ts";
import type { StoreContext } from "./context.ts";
import { hexOf } from "./digest.ts";
import { namesIn, remove } from "./files.ts";
import { referenceKey } from "./layout.ts";

/**
 * Deletes every image whose canonical reference is not in `keep`, then every layer and left-over no kept image and no
 * pull needs. Records go first and for good: killed at any moment, this leaves files too many, never an image without
 * its layers. Gives the bytes freed.
 */
export async function collectImages(context: StoreContext, keep: readonly string[]): Promise<number> {
  const { claims, housekeeping, layout } = context;
  return await housekeeping.run(async () => {
    const kept = new Set([...keep, ...claims.references()].map(referenceKey));
    const records = await sweepRecords(context, kept);
    const pulls = await sweepPulls(context, kept);
    let freed = records.freed + pulls.freed;
    if (records.readable) {
      const needed = new Set([...records.layers, ...pulls.layers, ...claims.layers()]);
      freed += await sweepFiles(layout.layers, new Set([...needed].map((diffId) => `${hexOf(diffId)}.erofs`)));
    }
    const blobs = new Set([...pulls.blobs, ...claims.blobs()].map(hexOf));
    return freed + (await sweepFiles(layout.partial, blobs));
  });
}

/** `readable` is false when a kept image's record is spoilt: which layers it has is then unknown, so that all stay. */
async function sweepRecords(
  { records, layout }: StoreContext,
  kept: ReadonlySet<string>,
): Promise<{ freed: number; layers: readonly string[]; readable: boolean }> {
  const layers: string[] = [];
  let freed = 0;
  let readable = true;
  for (const { key, record } of await records.all()) {
    if (!kept.has(key)) freed += await records.remove(key);
    else if (record === undefined) readable = false;
    else layers.push(...record.file.diffIds);
  }
  await syncDirectory(layout.images);
  return { freed, layers, readable };
}

async function sweepPulls(
  { pending }: StoreContext,
  kept: ReadonlySet<string>,
): Promise<{ freed: number; layers: readonly string[]; blobs: readonly string[] }> {
  const layers: string[] = [];
  const blobs: string[] = [];
  let freed = 0;
  for (const { key, pull } of await pending.all()) {
    if (pull === undefined || !kept.has(key)) {
      freed += await pending.remove(key);
    } else {
      layers.push(...pull.layers);
      blobs.push(...pull.blobs);
    }
  }
  return { freed, layers, blobs };
}

async function sweepFiles(directory: string, kept: ReadonlySet<string>): Promise<number> {
  let freed = 0;
  for (const name of await namesIn(directory)) if (!kept.has(name)) freed += await remove(join(directory, name));
  return freed;
}
