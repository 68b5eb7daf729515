import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../image/command.ts";
import type { Device } from "./device.ts";

/** Copies busybox's layout below the appliance's folder, to be changed, and gives it as `layout:1`. */
function copyBusybox({ appliance }: Device, name: string): string {
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

async function pushAndForget({ appliance }: Device, image: string, reference: string): Promise<void> {
  await appliance.registry.push(image, reference);
  rmSync(image.replace(/:1$/, ""), { recursive: true });
}
