/** Media types of the OCI image-spec (media-types.md) and of Docker's schema 2, its forerunner. */

const INDEX_TYPES: readonly string[] = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
const MANIFEST_TYPES: readonly string[] = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];
const CONFIG_TYPES: readonly string[] = [
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
];
const LAYER_TYPES: readonly string[] = [
  "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.oci.image.layer.v1.tar+zstd",
  "application/vnd.docker.image.rootfs.diff.tar",
  "application/vnd.docker.image.rootfs.diff.tar.gzip",
  "application/vnd.docker.image.rootfs.diff.tar.zstd",
];

/** The `Accept` header of a request for a manifest. */
export const ACCEPTED_MANIFESTS = [...INDEX_TYPES, ...MANIFEST_TYPES].join(", ");
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
export const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
/** The layer types this device unpacks, for messages. */
export const LAYER_TYPES_TEXT = LAYER_TYPES.join(", ");

/** What a document of this media type is. */
export function documentKind(mediaType: string): "index" | "manifest" | "other" {
  if (INDEX_TYPES.includes(mediaType)) return "index";
  return MANIFEST_TYPES.includes(mediaType) ? "manifest" : "other";
}

/** Whether a media type is that of an image's configuration. */
export function isImageConfig(mediaType: string): boolean {
  return CONFIG_TYPES.includes(mediaType);
}

/** Whether a media type is that of a layer this device can unpack. */
export function isLayer(mediaType: string): boolean {
  return LAYER_TYPES.includes(mediaType);
}
