import { join } from "node:path";
import { syncDirectory } from "../host/atomic-file.ts";
import type { StoreContext } from "./context.ts";
import { hexOf } from "./digest.ts";
import { diskBytes, namesIn, remove } from "./files.ts";
import { referenceKey } from "./layout.ts";

/** What a collection deleted, or would. */
export interface Collected {
  /** Canonical references of the images; one whose record cannot be read has none. */
  readonly references: readonly string[];
  /** Bytes of disk. */
  readonly bytes: number;
}

/**
 * Deletes every image whose canonical reference is not in `keep`, then every layer and left-over no kept image and no
 * pull needs. Records go first and for good: killed at any moment, this leaves files too many, never an image without
 * its layers. With `dryRun` it only tells what it would delete.
 */
export async function collectImages(
  context: StoreContext,
  keep: readonly string[],
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<Collected> {
  const { claims, housekeeping, layout } = context;
  return await housekeeping.run(async () => {
    const take = dryRun ? diskBytes : remove;
    const kept = new Set([...keep, ...claims.references()].map(referenceKey));
    const records = await sweepRecords(context, kept, take);
    const pulls = await sweepPulls(context, kept, take);
    let bytes = records.bytes + pulls.bytes;
    if (records.readable) {
      const needed = [...new Set([...records.layers, ...pulls.layers, ...claims.layers()])].map(hexOf);
      bytes += await sweepFiles(layout.layers, new Set(needed.map((hex) => `${hex}.erofs`)), take);
      bytes += await sweepFiles(layout.outlines, new Set(needed), take);
    }
    const blobs = new Set([...pulls.blobs, ...claims.blobs()].map(hexOf));
    bytes += await sweepFiles(layout.partial, blobs, take);
    return { references: records.references, bytes };
  });
}

/** Deletes a file, or does not, and gives the bytes of disk it takes. */
type Take = (path: string) => Promise<number>;

/** `readable` is false when a kept image's record is spoilt: which layers it has is then unknown, so that all stay. */
async function sweepRecords(
  { records, layout }: StoreContext,
  kept: ReadonlySet<string>,
  take: Take,
): Promise<Collected & { layers: readonly string[]; readable: boolean }> {
  const layers: string[] = [];
  const references: string[] = [];
  let bytes = 0;
  let readable = true;
  for (const { key, record } of await records.all()) {
    if (!kept.has(key)) {
      bytes += await take(join(layout.images, key));
      if (record !== undefined) references.push(record.reference);
    } else if (record === undefined) readable = false;
    else layers.push(...record.file.diffIds);
  }
  await syncDirectory(layout.images);
  return { references: references.sort(), bytes, layers, readable };
}

async function sweepPulls(
  { pending, layout }: StoreContext,
  kept: ReadonlySet<string>,
  take: Take,
): Promise<{ bytes: number; layers: readonly string[]; blobs: readonly string[] }> {
  const layers: string[] = [];
  const blobs: string[] = [];
  let bytes = 0;
  for (const { key, pull } of await pending.all()) {
    if (pull === undefined || !kept.has(key)) {
      bytes += await take(join(layout.pulls, key));
    } else {
      layers.push(...pull.layers);
      blobs.push(...pull.blobs);
    }
  }
  return { bytes, layers, blobs };
}

async function sweepFiles(directory: string, kept: ReadonlySet<string>, take: Take): Promise<number> {
  let bytes = 0;
  for (const name of await namesIn(directory)) if (!kept.has(name)) bytes += await take(join(directory, name));
  return bytes;
}
