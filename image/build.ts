import { statSync } from "node:fs";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { formatBytes } from "../services/model/format-bytes.ts";
import { debianBase } from "./base/debian.ts";
import { type ComposedImage, compose } from "./compose.ts";
import { fileDigest } from "./digest.ts";
import { compileExecutable } from "./executable.ts";
import { formatElapsed, Progress } from "./progress.ts";
import { releaseOf } from "./release.ts";

/** Which image to build. */
export interface BuildOptions {
  readonly base: "debian";
  /** Another program in place of `services/main.ts`, compiled the same way; for tests of the image itself. */
  readonly entry?: string;
}

/** Builds base, executable and image, skipping what is built already. */
export async function buildImage(options: BuildOptions, progress: Progress): Promise<ComposedImage> {
  const base = await debianBase(progress);
  const executable = await progress.step("Executable", () => compileExecutable(options.entry));
  return compose(base, executable, await releaseOf(base), progress);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { base: { type: "string", default: "debian" }, entry: { type: "string" } },
  });
  if (values.base !== "debian") throw new Error(`--base ${values.base}: only debian is there yet`);
  const progress = new Progress();
  const { entry } = values;
  const image = await buildImage({ base: "debian", ...(entry ? { entry } : {}) }, progress);
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
