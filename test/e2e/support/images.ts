import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../image/command.ts";
import { layerOf } from "../../../services/images/fixtures/made-image.ts";
import type { Device } from "./device.ts";
import { editLayout } from "./edit-layout.ts";

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
  editLayout(layoutOf(image), ({ manifest, file }) => ({
    manifest,
    file: { ...file, config: { ...file.config, ...more } },
  }));
  await pushAndForget(device, image, reference);
}

/** A layer to be put on an image: its archive, and how it travels. */
export interface AddedLayer {
  readonly tar: Uint8Array;
  readonly compression: "gzip" | "zstd" | "none";
}

/** Pushes busybox with more layers on it. */
export async function pushWithLayers(device: Device, reference: string, layers: readonly AddedLayer[]): Promise<void> {
  const image = copyBusybox(device, reference.replaceAll(":", "-"));
  editLayout(layoutOf(image), ({ manifest, file }, addBlob) => {
    const added = layers.map(({ tar, compression }) => layerOf(tar, compression));
    const { history: _, ...rest } = file;
    return {
      manifest: {
        ...manifest,
        layers: [...manifest.layers, ...added.map(({ mediaType, blob }) => ({ mediaType, ...addBlob(blob.bytes) }))],
      },
      file: {
        ...rest,
        rootfs: { ...file.rootfs, diff_ids: [...file.rootfs.diff_ids, ...added.map(({ diffId }) => diffId)] },
      },
    };
  });
  await pushAndForget(device, image, reference);
}

/** Pushes an index, `name:tag`, that has the manifest of another tag of the name for every architecture. */
export async function pushIndex({ appliance }: Device, name: string, tag: string, from: string): Promise<void> {
  const manifests = `http://${appliance.registry.address}/v2/${name}/manifests`;
  const accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";
  const { headers } = await fetch(`${manifests}/${from}`, { method: "HEAD", headers: { accept } });
  const entry = {
    mediaType: headers.get("content-type"),
    digest: headers.get("docker-content-digest"),
    size: Number(headers.get("content-length")),
  };
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const platforms = ["amd64", "arm64"].map((architecture) => ({ ...entry, platform: { architecture, os: "linux" } }));
  const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests: platforms });
  const put = { method: "PUT", headers: { "content-type": mediaType }, body };
  const answer = await fetch(`${manifests}/${tag}`, put);
  if (!answer.ok) throw new Error(`the registry refuses the index: ${answer.status} ${await answer.text()}`);
}

function layoutOf(image: string): string {
  return image.replace(/:1$/, "");
}

export async function pushAndForget({ appliance }: Device, image: string, reference: string): Promise<void> {
  await appliance.registry.push(image, reference);
  rmSync(layoutOf(image), { recursive: true });
}
