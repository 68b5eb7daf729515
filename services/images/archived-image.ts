import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { ArchiveContents, ArchivedFile } from "./archive.ts";
import { digestOf, hexOf } from "./digest.ts";
import { parseImageFile } from "./image-file.ts";
import { type Descriptor, DOCUMENT_LIMIT, documentText, parseDocument, parseJson, shaped } from "./manifest.ts";
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from "./media-types.ts";
import { type Architecture, chooseManifest } from "./platform.ts";
import { archiveInvalid, digestMismatch } from "./problems.ts";

/** An image in an archive. */
export interface ArchivedImage {
  /** As the archive writes them; none when it does not say. */
  readonly names: readonly string[];
  readonly manifest: string;
  readonly config: string;
  /** Where the layers' blobs lie, by digest. */
  readonly blobs: ReadonlyMap<string, string>;
}

/** Source: https://github.com/moby/docker-image-spec/blob/main/spec.md, Combined Image JSON + Filesystem Changeset Format. */
const DockerManifest = z.array(
  z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullish(), Layers: z.array(z.string()).nullish() }),
);
type DockerManifest = z.infer<typeof DockerManifest>;

/** The images in an archive: an OCI image layout (image-spec image-layout.md), or what `docker save` wrote before it was one. */
export async function archivedImages(contents: ArchiveContents, architecture: Architecture): Promise<ArchivedImage[]> {
  const docker = await dockerManifest(contents);
  const index = contents.find("index.json");
  if (index !== undefined) return await layoutImages(contents, index, docker, architecture);
  if (docker.length > 0) return await Promise.all(docker.map(async (image) => await dockerImage(contents, image)));
  throw archiveInvalid("it holds neither index.json nor manifest.json");
}

async function dockerManifest(contents: ArchiveContents): Promise<DockerManifest> {
  const file = contents.find("manifest.json");
  return file === undefined
    ? []
    : shaped(DockerManifest, parseJson(await readDocument(file), "manifest.json"), "manifest.json");
}

async function layoutImages(
  contents: ArchiveContents,
  indexFile: ArchivedFile,
  docker: DockerManifest,
  architecture: Architecture,
): Promise<ArchivedImage[]> {
  const index = parseDocument(await readDocument(indexFile), undefined, "index.json");
  if (index.kind !== "index" || index.index.manifests.length === 0) throw archiveInvalid("index.json lists no image");
  const images = new Map<string, { descriptors: Descriptor[]; name: string | undefined }>();
  for (const descriptor of index.index.manifests) {
    // containerd writes the whole name beside a bare tag.
    const annotations = descriptor.annotations ?? {};
    const name = annotations["io.containerd.image.name"] ?? annotations["org.opencontainers.image.ref.name"];
    const image = images.get(name ?? "") ?? { descriptors: [], name };
    image.descriptors.push(descriptor);
    images.set(name ?? "", image);
  }
  return await Promise.all(
    [...images.values()].map(async ({ descriptors, name }) => {
      const image = await layoutImage(contents, descriptors, architecture, name ?? "the image");
      const tags = docker.find(({ Config }) => contents.find(Config)?.digest === digestOf(image.config))?.RepoTags;
      return { ...image, names: name === undefined ? (tags ?? []) : [name] };
    }),
  );
}

/** Descends from one or several descriptors of the same name to the manifest for this architecture. */
async function layoutImage(
  contents: ArchiveContents,
  descriptors: readonly Descriptor[],
  architecture: Architecture,
  subject: string,
): Promise<Omit<ArchivedImage, "names">> {
  const [only, ...others] = descriptors;
  const chosen = others.length === 0 && only !== undefined ? only : chooseManifest(descriptors, architecture, subject);
  const bytes = await readDocument(blob(contents, chosen.digest));
  const document = parseDocument(bytes, chosen.mediaType, subject);
  if (document.kind === "index") {
    const inner = chooseManifest(document.index.manifests, architecture, subject);
    // One level is what tools write; without this bound an index could lead round in circles.
    if (inner.mediaType === chosen.mediaType) throw archiveInvalid("it holds an index of indexes");
    return await layoutImage(contents, [inner], architecture, subject);
  }
  const { config, layers } = document.manifest;
  return {
    manifest: documentText(bytes, subject),
    config: documentText(await readDocument(blob(contents, config.digest)), subject),
    blobs: new Map(layers.map(({ digest }) => [digest, blob(contents, digest).path])),
  };
}

/** Makes an OCI manifest for an image that comes with none, so that it is kept like every other. */
async function dockerImage(contents: ArchiveContents, image: DockerManifest[number]): Promise<ArchivedImage> {
  const configBytes = await readDocument(named(contents, image.Config));
  const layers = (image.Layers ?? []).map((name) => named(contents, name));
  parseImageFile(configBytes, image.Config);
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: digestOf(configBytes), size: configBytes.length },
    layers: layers.map(({ digest, size }) => ({ mediaType: OCI_LAYER, digest, size })),
  };
  return {
    names: image.RepoTags ?? [],
    manifest: JSON.stringify(manifest),
    config: documentText(configBytes, image.Config),
    blobs: new Map(layers.map(({ digest, path }) => [digest, path])),
  };
}

function blob(contents: ArchiveContents, digest: string): ArchivedFile {
  const file = named(contents, `blobs/sha256/${hexOf(digest)}`);
  if (file.digest !== digest) throw digestMismatch(`blob ${digest} of the archive`, digest, file.digest);
  return file;
}

function named(contents: ArchiveContents, name: string): ArchivedFile {
  const file = contents.find(name);
  if (file === undefined) throw archiveInvalid(`it lacks ${name}`);
  return file;
}

async function readDocument(file: ArchivedFile): Promise<Uint8Array> {
  if (file.size > DOCUMENT_LIMIT) throw archiveInvalid(`a document in it has more than ${DOCUMENT_LIMIT} bytes`);
  return await readFile(file.path);
}
