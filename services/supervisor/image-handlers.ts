import type { Handlers } from "../api/server.ts";
import type { ImageService } from "./image-service.ts";

/** What the images' part of the contract needs. */
export interface ImageHandlerOptions {
  readonly images: ImageService;
  /** Under whose name a change is recorded. */
  readonly issuer: string;
  /** Throws where nothing may be changed unsigned. */
  refuseUnsigned(): void;
}

type ImageOperation = "listImages" | "inspectImage" | "exportImage" | "removeImage" | "pruneImages" | "importImages";

/** The contract's operations on images. */
export function imageHandlers({ images, issuer, refuseUnsigned }: ImageHandlerOptions): Pick<Handlers, ImageOperation> {
  return {
    listImages: () => images.list(),
    inspectImage: ({ query }) => images.inspect(query.reference),
    exportImage: ({ query, signal }) => images.export(query.reference, signal),
    removeImage: ({ query }) => {
      refuseUnsigned();
      return images.remove(query.reference, { issuer });
    },
    pruneImages: ({ query: { dryRun } }) => {
      if (!dryRun) refuseUnsigned();
      return images.prune({ dryRun, issuer });
    },
    importImages: ({ body, query, signal }) => {
      refuseUnsigned();
      return images.import(body, { reference: query.reference, signal, issuer });
    },
  };
}
