import { statSync } from "node:fs";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { formatBytes } from "../services/model/format-bytes.ts";
import type { Base } from "./base/base.ts";
import { buildrootBase, finishedBuildrootBase } from "./base/buildroot.ts";
import { debianBase } from "./base/debian.ts";
import { type ComposedImage, compose } from "./compose.ts";
import { fileDigest } from "./digest.ts";
import { compileExecutable } from "./executable.ts";
import { formatElapsed, Progress } from "./progress.ts";
import { releaseOf } from "./release.ts";

const OPTIONS = {
  base: { type: "string", default: "debian" },
  // Another program in place of `services/main.ts`, compiled the same way; for tests of the image itself.
  entry: { type: "string" },
  // Of the Buildroot base
  board: { type: "string", default: "x86_64-uefi" },
  release: { type: "boolean", default: false },
  buildroot: { type: "string" },
  output: { type: "string" },
  "local-fragment": { type: "string", multiple: true },
  // An output folder that Buildroot has finished: nothing is built.
  built: { type: "string" },
} as const;

/** Which image to build, as the command line says it. */
type BuildOptions = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"];

async function baseOf(options: BuildOptions, progress: Progress): Promise<Base> {
  const { board, release, buildroot, output, built } = options;
  switch (options.base) {
    case "debian":
      if (release) throw new Error("--release: the Debian base is for development only");
      return debianBase(progress);
    case "buildroot": {
      if (built !== undefined) return finishedBuildrootBase(board, built, progress);
      const localFragments = options["local-fragment"];
      return buildrootBase(board, { tree: buildroot, output, localFragments, development: !release }, progress);
    }
    default:
      throw new Error(`--base ${options.base}: debian or buildroot is expected`);
  }
}

/** Builds base, executable and image, skipping what is built already. */
async function buildImage(options: BuildOptions, progress: Progress): Promise<ComposedImage> {
  const base = await baseOf(options, progress);
  const executable = await progress.step("Executable", () => compileExecutable(options.entry, base.arch));
  return compose(base, executable, await releaseOf(base), progress, { development: !options.release });
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const progress = new Progress();
  const image = await buildImage(values, progress);
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
