import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { run } from "../../image/command.ts";
import { LayerArchive } from "../../services/images/layer-archive.ts";
import { Mkfs } from "../../services/images/mkfs.ts";

const blob = z.object({ digest: z.string() });
const index = z.object({ manifests: z.array(blob) });
const manifest = z.object({ layers: z.array(blob) });
const PATIENCE = 30_000;

/** Packs the layers of an image in an OCI layout (`layout:tag`) as EROFS files, topmost first. */
export async function packLayers(mkfsErofs: readonly string[], image: string, folder: string): Promise<string[]> {
  const layout = image.slice(0, image.lastIndexOf(":"));
  const read = (digest: string) => readFileSync(join(layout, "blobs", digest.replace(":", "/")));
  const [first] = index.parse(JSON.parse(readFileSync(join(layout, "index.json"), "utf8"))).manifests;
  const { layers } = manifest.parse(JSON.parse(read(first?.digest ?? "").toString()));
  const files: string[] = [];
  mkdirSync(folder, { recursive: true });
  for (const [number, { digest }] of layers.entries()) {
    const file = join(folder, `layer-${number}.erofs`);
    await convert(
      mkfsErofs,
      execFileSync("gzip", ["-dc"], { input: read(digest), maxBuffer: Number.POSITIVE_INFINITY }),
      file,
    );
    files.unshift(file);
  }
  return files;
}

/** As the device makes a layer's file. */
async function convert(mkfsErofs: readonly string[], archive: Uint8Array, file: string): Promise<void> {
  const mkfs = new Mkfs(mkfsErofs, file, PATIENCE);
  const layer = new LayerArchive();
  for (const piece of layer.push(archive)) await mkfs.write(piece);
  await mkfs.write(layer.finish());
  const failure = await mkfs.finish();
  if (failure !== undefined) throw new Error(failure);
}

/** Packs a bundle's files, by their path, as an EROFS file. */
export async function packBundle(
  mkfsErofs: readonly string[],
  files: Readonly<Record<string, string>>,
  image: string,
): Promise<void> {
  const tree = `${image}.tree`;
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  await pack(mkfsErofs, tree, image);
}

async function pack(mkfsErofs: readonly string[], tree: string, image: string): Promise<void> {
  rmSync(image, { force: true });
  await run([...mkfsErofs, "--quiet", "-zlz4", "-Uclear", "-T0", image, tree]);
  rmSync(tree, { recursive: true });
}
