import { mkdir, rm } from "node:fs/promises";
import { resolve } from "node:path";
import type { RegistrySettings } from "../model/configuration.ts";
import type { Image } from "../model/image.ts";
import { byDigest } from "../model/image-reference.ts";
import type { Clock, ImageAccount, ImageInFull, Images, PullProgress } from "../supervisor/ports.ts";
import { accountImages, imageInFull, type KeptImage } from "./account.ts";
import { canonical, referenceOf } from "./canonical.ts";
import { Claims } from "./claims.ts";
import { collectImages } from "./collect.ts";
import type { StoreContext } from "./context.ts";
import { DiskSpace, freeBytes } from "./disk-space.ts";
import { exportImage } from "./export.ts";
import { fetchTransport } from "./fetch-transport.ts";
import { type ImageRecord, ImageRecords } from "./image-record.ts";
import { importArchive } from "./import.ts";
import { LayerStore } from "./layer-store.ts";
import type { OpenLayer } from "./layer-tar.ts";
import { layerFile, layoutOf } from "./layout.ts";
import { endOrphans } from "./orphans.ts";
import { PendingPulls } from "./pending-pull.ts";
import type { Architecture } from "./platform.ts";
import { type PullSettings, pullImage } from "./pull.ts";
import { Registry } from "./registry.ts";
import { DEFAULT_RETRY_DELAYS, type RetryDelays } from "./retry.ts";
import { Semaphore } from "./semaphore.ts";
import type { Transport } from "./transport.ts";

/** How an image store is opened; what is left out has the appliance's default. */
export interface ImageStoreOptions {
  /** Where images are kept, such as /data/berth/images. */
  readonly directory: string;
  /** Settings by registry name, such as docker.io. */
  readonly registries: Readonly<Record<string, RegistrySettings>>;
  readonly architecture: Architecture;
  /** Makes a layer's files readable, for an export. */
  readonly openLayer: OpenLayer;
  /** The command that makes EROFS files (erofs-utils from 1.8); default `mkfs.erofs`. */
  readonly mkfs?: readonly string[];
  /** Most downloads at once; default 3. */
  readonly parallel?: number;
  /** Most conversions at once; default 1, which one lz4 compressor fills. */
  readonly conversions?: number;
  /** Bytes that stay free on the data partition; default 64 MiB. */
  readonly reserveBytes?: number;
  /** What any image may unpack to, however small it travels; default 1 GiB. */
  readonly unpackedBytes?: number;
  /** A request that gets no byte for so long fails; default 30 s. */
  readonly stallMilliseconds?: number;
  /** mkfs.erofs that does nothing for so long is killed; default 2 min. */
  readonly mkfsStallMilliseconds?: number;
  /** Waits between tries inside one pull, in milliseconds. */
  readonly retryDelays?: RetryDelays;
  readonly clock?: Clock;
  /** Free bytes where images are kept; default by statfs(2). */
  readonly freeBytes?: () => Promise<number>;
  readonly transport?: Transport;
}

/**
 * Opens the image store: makes its directories, ends and clears what an interrupted run left that cannot be resumed.
 * One process at a time may have a directory open.
 */
export async function openImageStore(options: ImageStoreOptions): Promise<Images> {
  const directory = resolve(options.directory);
  const layout = layoutOf(directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await endOrphans(layout.temporary);
  await rm(layout.temporary, { recursive: true, force: true });
  for (const path of Object.values(layout)) await mkdir(path, { recursive: true, mode: 0o700 });
  const { architecture, mkfs = ["mkfs.erofs"], conversions = 1, mkfsStallMilliseconds = 120_000 } = options;
  const space = new DiskSpace({
    free: options.freeBytes ?? (async () => await freeBytes(directory)),
    reserve: options.reserveBytes ?? 64 * 1024 * 1024,
  });
  const context: StoreContext = {
    layout,
    architecture,
    conversions,
    space,
    records: new ImageRecords(layout),
    pending: new PendingPulls(layout),
    layers: new LayerStore({ layout, mkfs, space, conversions, mkfsStallMilliseconds }),
    claims: new Claims(),
    unpackedBytes: options.unpackedBytes ?? 1024 * 1024 * 1024,
    housekeeping: new Semaphore(1),
  };
  return new ImageStore(context, options);
}

/** The images on the device: what {@link Images} promises, on files. */
class ImageStore implements Images {
  readonly #context: StoreContext;
  readonly #options: ImageStoreOptions;
  readonly #registries = new Map<string, Registry>();
  readonly #downloads: Semaphore;

  constructor(context: StoreContext, options: ImageStoreOptions) {
    this.#context = context;
    this.#options = options;
    this.#downloads = new Semaphore(options.parallel ?? 3);
  }

  async find(reference: string, digest?: string): Promise<Image | undefined> {
    const { records } = this.#context;
    const current = await records.find(canonical(reference));
    const isIt = digest === undefined || current?.digest === digest;
    const record = isIt ? current : await records.find(byDigest(referenceOf(reference), digest));
    return record === undefined ? undefined : await this.#image(record);
  }

  async pull(
    reference: string,
    options: { signal: AbortSignal; onProgress(progress: PullProgress): void },
  ): Promise<Image> {
    const parsed = referenceOf(reference);
    // What a digest names never changes.
    const here = parsed.digest === undefined ? undefined : await this.find(reference);
    if (here !== undefined) return here;
    const settings: PullSettings = {
      registry: this.#registry(parsed.registry),
      downloads: this.#downloads,
      delays: this.#options.retryDelays ?? DEFAULT_RETRY_DELAYS,
      now: () => this.#now().getTime(),
    };
    return await this.#whole(await pullImage(this.#context, settings, parsed, options));
  }

  async import(
    archive: ReadableStream<Uint8Array>,
    options: { reference?: string; signal: AbortSignal },
  ): Promise<Image[]> {
    const records = await importArchive(this.#context, archive, options);
    return await Promise.all(records.map(async (record) => await this.#whole(record)));
  }

  async list(): Promise<Image[]> {
    return (await this.#kept()).map(({ image }) => image);
  }

  async account(): Promise<ImageAccount[]> {
    return await accountImages(this.#context, await this.#kept());
  }

  async inspect(reference: string): Promise<ImageInFull | undefined> {
    const kept = await this.#kept();
    const found = kept.find(({ image }) => image.reference === canonical(reference));
    return found === undefined ? undefined : await imageInFull(this.#context, found, kept);
  }

  async export(reference: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array> | undefined> {
    const record = await this.#context.records.find(canonical(reference));
    if (record === undefined || (await this.#image(record)) === undefined) return undefined;
    return await exportImage(this.#context, record, { openLayer: this.#options.openLayer, signal });
  }

  async prune(keep: readonly string[], options: { dryRun: boolean }) {
    return await collectImages(this.#context, keep.map(canonical), options);
  }

  async collect(keep: readonly string[]): Promise<number> {
    return (await collectImages(this.#context, keep.map(canonical))).bytes;
  }

  layerPaths(image: Image): readonly string[] {
    const ids = image.layers.map(({ diffId }) => diffId);
    // overlayfs refuses the same layer twice; only its upmost place can be seen.
    const upmost = ids.filter((diffId, position) => ids.lastIndexOf(diffId) === position);
    return upmost.map((diffId) => layerFile(this.#context.layout, diffId));
  }

  /** The image of a record; undefined when a layer is missing, so that it is pulled again. */
  async #image(record: ImageRecord): Promise<Image | undefined> {
    const sizes = await Promise.all(record.file.diffIds.map(async (diffId) => await this.#context.layers.size(diffId)));
    const layers = record.file.diffIds.flatMap((diffId, position) => {
      const size = sizes[position];
      return size === undefined ? [] : [{ diffId, size }];
    });
    if (layers.length < record.file.diffIds.length) return undefined;
    const { reference, digest, file } = record;
    return { reference, digest, architecture: file.architecture, layers, config: file.config };
  }

  /** Every image that is whole, by reference. */
  async #kept(): Promise<KeptImage[]> {
    const kept: KeptImage[] = [];
    for (const { record } of await this.#context.records.all()) {
      const image = record === undefined ? undefined : await this.#image(record);
      if (image !== undefined && record !== undefined) kept.push({ image, record });
    }
    const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    return kept.sort((a, b) => order(a.image.reference, b.image.reference));
  }

  async #whole(record: ImageRecord): Promise<Image> {
    const image = await this.#image(record);
    if (image === undefined)
      throw new Error(`the layers of ${record.reference} were deleted while it was brought here`);
    return image;
  }

  #registry(name: string): Registry {
    const known = this.#registries.get(name);
    if (known !== undefined) return known;
    const registry = new Registry({
      name,
      settings: this.#options.registries[name] ?? {},
      transport: this.#options.transport ?? fetchTransport,
      stallMilliseconds: this.#options.stallMilliseconds ?? 30_000,
      now: () => this.#now(),
    });
    this.#registries.set(name, registry);
    return registry;
  }

  #now(): Date {
    return this.#options.clock?.now() ?? new Date();
  }
}
