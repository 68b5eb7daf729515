import type { ParseArgsOptionsConfig, parseArgs } from "node:util";
import type { Base } from "./base/base.ts";
import { buildrootBase, finishedBuildrootBase } from "./base/buildroot.ts";
import { debianBase } from "./base/debian.ts";
import { type ComposedImage, compose } from "./compose.ts";
import { compileExecutable } from "./executable.ts";
import { buildKeys, type Keys } from "./keys.ts";
import type { Progress } from "./progress.ts";
import { type Release, releaseOf } from "./release.ts";

/** The command line's options that say which image is built. */
export const IMAGE_OPTIONS = {
  base: { type: "string", default: "debian" },
  // Another program in place of `services/main.ts`, compiled the same way; for tests of the image itself.
  entry: { type: "string" },
  // The folder with the keys that bundles are signed with; `build/keys`, made when missing, when left out.
  keys: { type: "string" },
  // Of the Buildroot base
  board: { type: "string", default: "x86_64-uefi" },
  release: { type: "boolean", default: false },
  buildroot: { type: "string" },
  output: { type: "string" },
  "local-fragment": { type: "string", multiple: true },
  // An output folder that Buildroot has finished: nothing is built.
  built: { type: "string" },
} as const satisfies ParseArgsOptionsConfig;

/** Which image to build, as the command line says it. */
export type ImageOptions = ReturnType<typeof parseArgs<{ options: typeof IMAGE_OPTIONS }>>["values"];

/** An image and what it was built from. */
export interface BuiltImage {
  readonly base: Base;
  readonly image: ComposedImage;
  readonly release: Release;
  readonly keys: Keys;
}

async function baseOf(options: ImageOptions, progress: Progress): Promise<Base> {
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
export async function buildImage(options: ImageOptions, progress: Progress): Promise<BuiltImage> {
  const base = await baseOf(options, progress);
  const keys = await buildKeys(options.keys);
  const executable = await progress.step("Executable", () => compileExecutable(options.entry, base.arch));
  const release = await releaseOf(base);
  const image = await compose(base, executable, release, progress, { development: !options.release, keys });
  return { base, image, release, keys };
}
