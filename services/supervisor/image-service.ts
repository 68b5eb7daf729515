import type { Image, ImageDetail, PrunedImages, StoredImage } from "../model/image.ts";
import { ReasonError } from "../model/reason.ts";
import { imageUsers } from "./image-users.ts";
import type { Journal } from "./journal/journal.ts";
import type { Images } from "./ports.ts";
import type { Recorder } from "./recorder.ts";

/** Who does something, and by which order, where it was one. */
export interface By {
  readonly issuer: string;
  readonly order?: string;
}

/** What may be done with images, and when: they belong to the workloads whose manifests name them. */
export class ImageService {
  readonly #journal: Journal;
  readonly #images: Images;
  readonly #recorder: Recorder;

  constructor(options: { journal: Journal; images: Images; recorder: Recorder }) {
    this.#journal = options.journal;
    this.#images = options.images;
    this.#recorder = options.recorder;
  }

  async list(): Promise<StoredImage[]> {
    const users = await this.#users();
    return (await this.#images.account()).map((image) => ({ ...image, workloads: users.get(image.reference) ?? [] }));
  }

  /** Throws `image-unknown`. */
  async inspect(reference: string): Promise<ImageDetail> {
    const image = (await this.#images.inspect(reference)) ?? refuseUnknown(reference);
    return { ...image, workloads: (await this.#users()).get(image.reference) ?? [] };
  }

  /** An image as a tar archive of an OCI layout. Throws `image-unknown`. */
  async export(reference: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return (await this.#images.export(reference, signal)) ?? refuseUnknown(reference);
  }

  /** Deletes an image. Throws `image-unknown`, or `image-in-use` while a workload names it. */
  async remove(reference: string, by: By): Promise<PrunedImages> {
    const image = (await this.#images.find(reference)) ?? refuseUnknown(reference);
    const workloads = (await this.#users()).get(image.reference) ?? [];
    if (workloads.length > 0) throw inUse(image.reference, workloads);
    const kept = (await this.#images.list()).map((one) => one.reference).filter((one) => one !== image.reference);
    const { bytes } = await this.#images.prune(kept, { dryRun: false });
    this.#collected([image.reference], bytes, "removed", by);
    return { images: [image.reference], bytes, dryRun: false };
  }

  /** Deletes every image that no workload names, or with `dryRun` only tells which. */
  async prune({ dryRun, ...by }: By & { readonly dryRun: boolean }): Promise<PrunedImages> {
    const { references, bytes } = await this.#images.prune([...(await this.#users()).keys()], { dryRun });
    if (!dryRun && bytes > 0) this.#collected(references, bytes, "pruned", by);
    return { images: [...references], bytes, dryRun };
  }

  /** Reads the images of an archive. */
  async import(
    archive: ReadableStream<Uint8Array>,
    options: By & { readonly reference?: string | undefined; readonly signal: AbortSignal },
  ): Promise<Image[]> {
    const { signal, issuer } = options;
    const reference = options.reference === undefined ? {} : { reference: options.reference };
    const imported = await this.#images.import(archive, { ...reference, signal });
    for (const image of imported) {
      const message = `${image.reference} was imported: ${image.digest}`;
      this.#recorder.event({ kind: "image-imported", message, issuer });
    }
    return imported;
  }

  #users() {
    return imageUsers(this.#journal, this.#images);
  }

  #collected(what: readonly string[], bytes: number, how: string, by: By): void {
    const message = `${what.length === 0 ? "left-overs were" : `${what.join(", ")} was`} ${how}: ${bytes} bytes`;
    this.#recorder.event({ kind: "images-collected", message, ...by });
  }
}

function refuseUnknown(reference: string): never {
  throw new ReasonError({
    code: "image-unknown",
    message: `there is no image ${reference} on this device`,
    field: "reference",
    value: reference,
    allowed: "a name that berth image ls shows",
  });
}

function inUse(reference: string, workloads: readonly string[]): ReasonError {
  return new ReasonError({
    code: "image-in-use",
    message: `${reference} is the image of ${workloads.join(", ")}`,
    field: "reference",
    value: reference,
    allowed: "an image that no workload names",
  });
}
