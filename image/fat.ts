import { rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { run } from "./command.ts";

/** A FAT image to be written. */
export interface FatOptions {
  readonly label: string;
  /** In bytes. */
  readonly size: number;
  /** All files' date, and the volume's number, so that the same content gives the same image. */
  readonly date: Date;
  /** Firmware may insist on FAT32 for the ESP; by default the size decides. */
  readonly fat32?: boolean;
  /** Files by path, such as `EFI/BOOT/grub.cfg`: bytes, or the path of a file to copy. */
  readonly files: Readonly<Record<string, Uint8Array | string>>;
}

/** Writes a FAT file system to a file, without mounting it. */
export async function writeFat(image: string, options: FatOptions): Promise<void> {
  const { label, size, date, files } = options;
  rmSync(image, { force: true });
  writeFileSync(image, "");
  truncateSync(image, size);
  const number = Math.floor(date.getTime() / 1000) >>> 0;
  const kind = options.fat32 ? ["-F", "32", "-s", "1"] : [];
  await run(["mkfs.vfat", "--invariant", "-i", number.toString(16).padStart(8, "0"), "-n", label, ...kind, image]);
  const env = { SOURCE_DATE_EPOCH: `${number}`, TZ: "UTC", MTOOLS_SKIP_CHECK: "1" };
  for (const folder of foldersOf(Object.keys(files))) await run(["mmd", "-i", image, `::${folder}`], { env });
  for (const [path, content] of Object.entries(files)) {
    const source = `${image}.file`;
    try {
      await Bun.write(source, typeof content === "string" ? Bun.file(content) : content);
      utimesSync(source, date, date);
      await run(["mcopy", "-m", "-i", image, source, `::${path}`], { env });
    } finally {
      rmSync(source, { force: true });
    }
  }
}

/** The folders of paths, each after the one it is in. */
export function foldersOf(paths: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/").slice(0, -1);
    for (const index of parts.keys()) folders.add(parts.slice(0, index + 1).join("/"));
  }
  return [...folders];
}
