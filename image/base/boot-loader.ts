import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { ARCHITECTURES, type Architecture } from "../architecture.ts";
import { run } from "../command.ts";
import { textDigest } from "../digest.ts";
import { readList } from "../list-file.ts";
import { BUILD } from "../paths.ts";

const MODULES = join(import.meta.dir, "../boot/grub-modules.txt");
const EARLY = join(import.meta.dir, "../boot/grub-early.cfg");

/** Makes GRUB's EFI file by the given `grub-mkimage`, or finds the one it made before. Source: grub-mkimage(1). */
export async function makeBootLoader(architecture: Architecture, mkimage: readonly string[]): Promise<string> {
  const { efiFile, grubPlatform } = ARCHITECTURES[architecture];
  const modules = readList(MODULES);
  const key = textDigest(...mkimage, ...modules, readFileSync(EARLY, "utf8")).slice(0, 16);
  const folder = join(BUILD, "boot-loader");
  const file = join(folder, `${key}-${efiFile}`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const options = [`--format=${grubPlatform}`, "--prefix=/EFI/BOOT", `--config=${EARLY}`, `--output=${file}.partial`];
  await run([...mkimage, ...options, ...modules]);
  renameSync(`${file}.partial`, file);
  return file;
}
