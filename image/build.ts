import { statSync } from "node:fs";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { formatBytes } from "../services/model/format-bytes.ts";
import { buildImage, IMAGE_OPTIONS } from "./build-image.ts";
import { fileDigest } from "./digest.ts";
import { formatElapsed, Progress } from "./progress.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({ options: IMAGE_OPTIONS });
  const progress = new Progress();
  const { image } = await buildImage(values, progress);
  for (const path of [image.slot.boot, image.slot.root, image.disk]) {
    const { size, blocks } = statSync(path);
    const taken = blocks * 512 < size ? ` (${formatBytes(blocks * 512)} on disk)` : "";
    // The disk's digest would tell nothing: its empty file systems have identifiers of their own.
    const digest = path === image.disk ? "-".repeat(64) : await fileDigest(path);
    progress.note(`${digest}  ${relative(process.cwd(), path)}  ${formatBytes(size)}${taken}`);
  }
  progress.note(`Done in ${formatElapsed(progress.elapsed)}`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
