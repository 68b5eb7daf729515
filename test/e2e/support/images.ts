import { createHash, randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { run } from "../../../image/command.ts";
import type { Device } from "./device.ts";

/** As much of an OCI layout's documents as is changed here. Source: image-spec, image-layout.md, manifest.md, config.md. */
const Blob = z.looseObject({ digest: z.string() });
const Index = z.looseObject({ manifests: z.array(Blob) });
const Manifest = z.looseObject({ config: Blob });
const File = z.looseObject({ config: z.looseObject({}) });

/** Copies busybox's layout below the appliance's folder, to be changed, and gives it as `layout:1`. */
export function copyBusybox({ appliance }: Device, name: string): string {
  const layout = join(appliance.folder, name);
  cpSync(appliance.prepared.workloads.busybox.replace(/:1$/, ""), layout, { recursive: true });
  return `${layout}:1`;
}

/** Pushes busybox with one more layer: a file of `mebibytes` random ones, which no compression makes smaller. */
export async function pushWithBallast(device: Device, reference: string, mebibytes: number): Promise<void> {
  const image = copyBusybox(device, reference.replaceAll(":", "-"));
  const folder = `${image}.ballast`;
  mkdirSync(folder);
  for (let index = 0; index < mebibytes; index++) writeFileSync(join(folder, `${index}`), randomBytes(1024 * 1024));
  await run(["umoci", "insert", "--image", image, folder, "/ballast"]);
  rmSync(folder, { recursive: true });
  await pushAndForget(device, image, reference);
}

/** Pushes an image whose configuration says it is for another architecture. */
export async function pushForArchitecture(device: Device, reference: string, architecture: string): Promise<void> {
  const image = copyBusybox(device, reference.replaceAll(":", "-"));
  await run(["umoci", "config", "--image", image, "--architecture", architecture]);
  await pushAndForget(device, image, reference);
}

/** Pushes busybox with more in its configuration, such as a HEALTHCHECK, which umoci cannot write. */
export async function pushWithConfig(device: Device, reference: string, more: object): Promise<void> {
  const image = copyBusybox(device, reference.replaceAll(":", "-"));
  const layout = image.replace(/:1$/, "");
  const blob = (digest: string) => join(layout, "blobs/sha256", digest.replace("sha256:", ""));
  const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
  const write = (document: object) => {
    const text = JSON.stringify(document);
    const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
    writeFileSync(blob(digest), text);
    return { digest, size: Buffer.byteLength(text) };
  };
  const index = Index.parse(read(join(layout, "index.json")));
  const [entry] = index.manifests;
  if (entry === undefined) throw new Error(`${layout} holds no image`);
  const manifest = Manifest.parse(read(blob(entry.digest)));
  const file = File.parse(read(blob(manifest.config.digest)));
  const config = { ...manifest.config, ...write({ ...file, config: { ...file.config, ...more } }) };
  const changed = { ...entry, ...write({ ...manifest, config }) };
  writeFileSync(join(layout, "index.json"), JSON.stringify({ ...index, manifests: [changed] }));
  await pushAndForget(device, image, reference);
}

export async function pushAndForget({ appliance }: Device, image: string, reference: string): Promise<void> {
  await appliance.registry.push(image, reference);
  rmSync(image.replace(/:1$/, ""), { recursive: true });
}
