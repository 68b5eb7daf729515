import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ARCHITECTURES } from "./architecture.ts";
import type { Base } from "./base/base.ts";
import { FIRST_ENVIRONMENT, grubEnvironment } from "./boot/grub-environment.ts";
import { writeFat } from "./fat.ts";

const CONFIG = join(import.meta.dir, "boot/grub.cfg");

/** Writes the EFI system partition: GRUB where any firmware looks for it, its script and its environment. */
export async function writeEsp(image: string, size: number, base: Base, date: string): Promise<void> {
  await writeFat(image, {
    label: "ESP",
    size,
    date: new Date(date),
    fat32: true,
    files: {
      [`EFI/BOOT/${ARCHITECTURES[base.arch].efiFile}`]: base.bootLoader,
      "EFI/BOOT/grub.cfg": readFileSync(CONFIG),
      "EFI/BOOT/grubenv": grubEnvironment(FIRST_ENVIRONMENT),
    },
  });
}
