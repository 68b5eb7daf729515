import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { convertLayer } from "./convert.ts";
import type { DiskSpace } from "./disk-space.ts";
import { sizeOf } from "./files.ts";
import type { LayerSource } from "./image-file.ts";
import { type Layout, layerFile, outlineFile } from "./layout.ts";
import { hasCode } from "./problems.ts";
import type { LayerProgress } from "./progress.ts";
import { KeyedLock, Semaphore } from "./semaphore.ts";
import { SharedWork } from "./shared-work.ts";
import type { UnpackBudget } from "./unpack-budget.ts";

/** Where a layer's blob comes from. */
export interface BlobOrigin {
  /** Gives a file that holds the whole blob, verified. */
  obtain(source: LayerSource, signal: AbortSignal, report: (done: number) => void): Promise<string>;
  /** The blob's file is not needed any more. */
  release(file: string): Promise<void>;
}

/** Where layers are kept, and what makes them. */
export interface LayerStoreOptions {
  readonly layout: Layout;
  readonly mkfs: readonly string[];
  readonly space: DiskSpace;
  readonly conversions: number;
  readonly mkfsStallMilliseconds: number;
}

/** One layer on its way. */
interface Bringing {
  readonly signal: AbortSignal;
  readonly report: (progress: LayerProgress) => void;
  readonly budget: UnpackBudget;
}

/** Reasons that no other try will mend. */
const HOPELESS: readonly string[] = ["layer-invalid", "digest-mismatch", "image-too-large"];

/**
 * The EROFS files on the device, by diff id. Several images and pulls share them: the same layer is brought here once,
 * also when it is asked for twice at once.
 */
export class LayerStore {
  readonly #options: LayerStoreOptions;
  readonly #work = new SharedWork<void, LayerProgress>();
  readonly #conversions: Semaphore;
  readonly #byDiffId = new KeyedLock();
  readonly #byBlob = new KeyedLock();

  constructor(options: LayerStoreOptions) {
    this.#options = options;
    this.#conversions = new Semaphore(options.conversions);
  }

  /** The EROFS file's size; undefined while the layer is not here. */
  async size(diffId: string): Promise<number | undefined> {
    return await sizeOf(layerFile(this.#options.layout, diffId));
  }

  /** Brings a layer here unless it is. */
  async ensure(
    source: LayerSource,
    origin: BlobOrigin,
    options: {
      signal: AbortSignal;
      onProgress: (progress: LayerProgress) => void;
      /** The image's; where several bring the layer at once, it counts for the first. */
      budget: UnpackBudget;
    },
  ): Promise<void> {
    await this.#work.run(`${source.diffId} ${source.digest}`, options, async (signal, report) => {
      // Two blobs may claim one diff id (gzip and zstd), and a wrong manifest may pair one blob with two.
      await this.#byDiffId.run(
        source.diffId,
        async () => {
          if ((await this.size(source.diffId)) === undefined)
            await this.#byBlob.run(
              source.digest,
              async () => await this.#bring(source, origin, { signal, report, budget: options.budget }),
              signal,
            );
        },
        signal,
      );
      report({ done: source.size, converted: true });
    });
  }

  /**
   * First the whole blob, then the conversion, although doing both at once would save the time of reading it again:
   * only a blob on disk can be resumed, and only a verified one is shown to the decompressor and mkfs.erofs.
   */
  async #bring(source: LayerSource, origin: BlobOrigin, { signal, report, budget }: Bringing): Promise<void> {
    const { layout, mkfs, space, mkfsStallMilliseconds } = this.#options;
    const blob = await origin.obtain(source, signal, (done) => report({ done, converted: false }));
    const keepReserve = space.meter(`unpacking layer ${source.diffId}`);
    const convert = async () =>
      await convertLayer({
        blob,
        diffId: source.diffId,
        temporary: join(layout.temporary, `${randomUUID()}.erofs`),
        target: layerFile(layout, source.diffId),
        outline: outlineFile(layout, source.diffId),
        mkfs,
        stallMilliseconds: mkfsStallMilliseconds,
        signal,
        meter: async (bytes) => {
          budget.take(bytes);
          await keepReserve(bytes);
        },
        keepReserve: async () => await space.keepReserve(`unpacking layer ${source.diffId}`),
      });
    try {
      await this.#conversions.run(convert, signal);
    } catch (error) {
      // These bytes will never become a layer.
      if (HOPELESS.some((code) => hasCode(error, code))) await origin.release(blob);
      throw error;
    }
    await origin.release(blob);
  }
}
