import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../image/command.ts";
import type { Device } from "./device.ts";
import { copyBusybox, pushAndForget } from "./images.ts";

/** Who the image's data belongs to. */
export const OWNER = 33;

/**
 * Pushes busybox with a folder of data, `/var/lib/app`, which belongs to {@link OWNER}, and a link `/alias` to `/srv`. Its
 * configuration declares VOLUME /var/lib/app and /cache.
 */
export async function pushWithVolumes(device: Device, reference: string, version: string): Promise<void> {
  const image = copyBusybox(device, reference.replaceAll(":", "-"));
  const folder = `${image}.data`;
  mkdirSync(join(folder, "sub"), { recursive: true });
  writeFileSync(join(folder, "version"), `${version}\n`);
  chmodSync(join(folder, "version"), 0o640);
  symlinkSync("../version", join(folder, "sub/link"));
  for (const path of ["", "version", "sub"]) chownSync(join(folder, path), OWNER, OWNER);
  chmodSync(folder, 0o750);
  await run(["umoci", "insert", "--image", image, folder, "/var/lib/app"]);
  const link = `${image}.link`;
  symlinkSync("/srv", link);
  await run(["umoci", "insert", "--image", image, link, "/alias"]);
  await run(["umoci", "config", "--image", image, "--config.volume", "/var/lib/app", "--config.volume", "/cache"]);
  rmSync(folder, { recursive: true });
  rmSync(link);
  await pushAndForget(device, image, reference);
}
