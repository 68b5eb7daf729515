import { z } from "zod";

/** One layer of an image as the device keeps it: an EROFS file named by the layer's diff id. */
const Layer = z.strictObject({
  diffId: z.string().describe("Digest of the uncompressed tar (image-spec config.md, rootfs.diff_ids)"),
  size: z.int().describe("The EROFS file's size in bytes"),
});

/** An image's HEALTHCHECK, times in nanoseconds; 0 for Docker's default. Source: Docker's image specification v1.3, Healthcheck. */
const ImageHealthCheck = z.object({
  Test: z.array(z.string()).nullish(),
  Interval: z.number().nullish(),
  Timeout: z.number().nullish(),
  StartPeriod: z.number().nullish(),
  StartInterval: z.number().nullish(),
  Retries: z.number().nullish(),
});

/** The part of an OCI image configuration that decides how its process runs. Source: image-spec config.md. */
export const ImageConfig = z.object({
  User: z.string().optional(),
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
  Env: z.array(z.string()).nullish(),
  Entrypoint: z.array(z.string()).nullish(),
  Cmd: z.array(z.string()).nullish(),
  WorkingDir: z.string().optional(),
  Volumes: z.record(z.string(), z.unknown()).nullish().describe("Places its data is written to"),
  Labels: z.record(z.string(), z.string()).nullish(),
  StopSignal: z.string().optional(),
  Healthcheck: ImageHealthCheck.nullish(),
  Shell: z.array(z.string()).nullish().describe("What runs a HEALTHCHECK that is a line of a shell"),
});
export type ImageConfig = z.infer<typeof ImageConfig>;

/** An image on the device. */
export const Image = z
  .strictObject({
    reference: z.string().describe("The name it was pulled or imported by, canonical"),
    digest: z.string().describe("Digest of its manifest"),
    architecture: z.string(),
    layers: z.array(Layer),
    config: ImageConfig,
  })
  .meta({ id: "Image" });
export type Image = z.infer<typeof Image>;

/** Bytes of the data partition an image takes. */
const DiskUse = z.strictObject({
  total: z.int().describe("All its layers"),
  own: z.int().describe("Layers no other image has: what deleting it frees"),
  shared: z.int().describe("Layers other images have, too"),
});

/** An image with what it takes of the disk and who runs it. */
export const StoredImage = Image.extend({
  bytes: DiskUse,
  workloads: z.array(z.string()).describe("Workloads whose manifests name it"),
}).meta({ id: "StoredImage" });
export type StoredImage = z.infer<typeof StoredImage>;

/** An image in full. */
export const ImageDetail = StoredImage.extend({
  contents: z
    .array(
      z.strictObject({
        diffId: z.string(),
        blob: z.string().describe("Digest of the layer as it travels"),
        bytes: z.int().describe("Bytes of the data partition"),
        images: z.array(z.string()).describe("Other images on the device with the same layer"),
      }),
    )
    .describe("Its layers, lowest first"),
  manifest: z.unknown().describe("The image manifest as it came (image-spec manifest.md)"),
  configuration: z.unknown().describe("The image configuration as it came (image-spec config.md)"),
}).meta({ id: "ImageDetail" });
export type ImageDetail = z.infer<typeof ImageDetail>;

/** What was deleted, or would be. */
export const PrunedImages = z
  .strictObject({
    images: z.array(z.string()).describe("Canonical references"),
    bytes: z.int().describe("Bytes of the data partition, left-overs of broken-off pulls among them"),
    dryRun: z.boolean().describe("Whether nothing was deleted"),
  })
  .meta({ id: "PrunedImages" });
export type PrunedImages = z.infer<typeof PrunedImages>;
