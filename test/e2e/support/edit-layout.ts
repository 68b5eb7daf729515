import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** As much of an OCI layout's documents as is changed here. Source: image-spec, image-layout.md, manifest.md, config.md. */
const Blob = z.looseObject({ digest: z.string() });
const Index = z.looseObject({ manifests: z.array(Blob) });
const Manifest = z.looseObject({ config: Blob, layers: z.array(z.looseObject({})) });
const File = z.looseObject({
  config: z.looseObject({}),
  rootfs: z.looseObject({ diff_ids: z.array(z.string()) }),
  history: z.array(z.unknown()).optional(),
});

/** An image's documents. */
export interface LayoutImage {
  readonly manifest: z.infer<typeof Manifest>;
  readonly file: z.infer<typeof File>;
}

/** Changes the one image of an OCI layout into what `edit` makes of it; `addBlob` writes what its manifest names. */
export function editLayout(
  layout: string,
  edit: (image: LayoutImage, addBlob: (bytes: Uint8Array | string) => { digest: string; size: number }) => LayoutImage,
): void {
  const path = (digest: string) => join(layout, "blobs/sha256", digest.replace("sha256:", ""));
  const read = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));
  const addBlob = (bytes: Uint8Array | string) => {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    writeFileSync(path(digest), bytes);
    return { digest, size: Buffer.byteLength(bytes) };
  };
  const index = Index.parse(read(join(layout, "index.json")));
  const [entry] = index.manifests;
  if (entry === undefined) throw new Error(`${layout} holds no image`);
  const manifest = Manifest.parse(read(path(entry.digest)));
  const edited = edit({ manifest, file: File.parse(read(path(manifest.config.digest))) }, addBlob);
  const config = { ...edited.manifest.config, ...addBlob(JSON.stringify(edited.file)) };
  const changed = { ...entry, ...addBlob(JSON.stringify({ ...edited.manifest, config })) };
  writeFileSync(join(layout, "index.json"), JSON.stringify({ ...index, manifests: [changed] }));
}
