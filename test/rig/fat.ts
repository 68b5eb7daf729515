import { rmSync, truncateSync, writeFileSync } from "node:fs";
import { run } from "../../image/command.ts";

const SIZE = 4 * 1024 * 1024;

/** Writes a FAT image, such as a stick somebody prepared, with the given files in its root. */
export async function writeFatImage(
  path: string,
  label: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  rmSync(path, { force: true });
  writeFileSync(path, "");
  truncateSync(path, SIZE);
  await run(["mkfs.vfat", "-n", label, path]);
  for (const [name, content] of Object.entries(files)) {
    const source = `${path}.file`;
    writeFileSync(source, content);
    await run(["mcopy", "-o", "-i", path, source, `::${name}`]);
    rmSync(source);
  }
}
