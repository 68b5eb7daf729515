import type { Handlers } from "../api/server.ts";
import { ReasonError } from "../model/reason.ts";
import { imageUsers } from "./image-users.ts";
import type { Journal } from "./journal/journal.ts";
import type { Images } from "./ports.ts";
import type { Recorder } from "./recorder.ts";

/** What the images' part of the contract needs. */
export interface ImageHandlerOptions {
  readonly journal: Journal;
  readonly images: Images;
  readonly recorder: Recorder;
  /** Under whose name a change is recorded. */
  readonly issuer: string;
  /** Throws where nothing may be changed unsigned. */
  refuseUnsigned(): void;
}

type ImageOperation = "listImages" | "inspectImage" | "exportImage" | "removeImage" | "pruneImages" | "importImages";

/** The contract's operations on images. */
export function imageHandlers(options: ImageHandlerOptions): Pick<Handlers, ImageOperation> {
  const { journal, images, recorder, issuer } = options;
  const keptBut = async (reference: string) =>
    (await images.list()).map((image) => image.reference).filter((one) => one !== reference);
  const record = (what: readonly string[], bytes: number, how: string) => {
    const message = `${what.length === 0 ? "left-overs were" : `${what.join(", ")} was`} ${how}: ${bytes} bytes`;
    recorder.event({ kind: "images-collected", message, issuer });
  };
  return {
    listImages: async () => {
      const users = await imageUsers(journal, images);
      return (await images.account()).map((image) => ({ ...image, workloads: users.get(image.reference) ?? [] }));
    },
    inspectImage: async ({ query: { reference } }) => {
      const image = (await images.inspect(reference)) ?? refuseUnknown(reference);
      return { ...image, workloads: (await imageUsers(journal, images)).get(image.reference) ?? [] };
    },
    exportImage: async ({ query: { reference }, signal }) =>
      (await images.export(reference, signal)) ?? refuseUnknown(reference),
    removeImage: async ({ query: { reference } }) => {
      options.refuseUnsigned();
      const image = (await images.find(reference)) ?? refuseUnknown(reference);
      const workloads = (await imageUsers(journal, images)).get(image.reference) ?? [];
      if (workloads.length > 0) throw inUse(image.reference, workloads);
      const { bytes } = await images.prune(await keptBut(image.reference), { dryRun: false });
      record([image.reference], bytes, "removed");
      return { images: [image.reference], bytes, dryRun: false };
    },
    pruneImages: async ({ query: { dryRun } }) => {
      if (!dryRun) options.refuseUnsigned();
      const { references, bytes } = await images.prune([...(await imageUsers(journal, images)).keys()], { dryRun });
      if (!dryRun && bytes > 0) record(references, bytes, "pruned");
      return { images: [...references], bytes, dryRun };
    },
    importImages: async ({ body, query, signal }) => {
      options.refuseUnsigned();
      const reference = query.reference === undefined ? {} : { reference: query.reference };
      const imported = await images.import(body, { ...reference, signal });
      for (const image of imported) {
        const message = `${image.reference} was imported: ${image.digest}`;
        recorder.event({ kind: "image-imported", message, issuer });
      }
      return imported;
    },
  };
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
