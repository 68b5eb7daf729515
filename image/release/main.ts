/** `bun run release --base buildroot --board B …`: builds an image, and writes a release's files from it. */
import { statSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { clonedTree } from "../../buildroot/release.ts";
import { formatBytes } from "../../services/model/format-bytes.ts";
import { ARCHITECTURES } from "../architecture.ts";
import { outputFolder } from "../base/buildroot/build.ts";
import { readBoard } from "../board.ts";
import { type BuiltImage, buildImage, IMAGE_OPTIONS, type ImageOptions } from "../build-image.ts";
import { writeBundle } from "../bundle.ts";
import { BUILD } from "../paths.ts";
import { formatElapsed, Progress } from "../progress.ts";
import { makeRelease, type PackageSource } from "./make-release.ts";

const OUT = { out: { type: "string", default: join(BUILD, "release") } } as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { ...IMAGE_OPTIONS, ...OUT } });
  const { out } = values;
  const progress = new Progress();
  // The Debian base is for development only, and so is what is made of it.
  const built = await buildImage({ ...values, release: values.base !== "debian" }, progress);
  const { base, image, release, keys } = built;
  const { version, date } = release;
  const artifacts = await makeRelease(
    {
      disk: image.disk,
      board: base.board,
      out,
      version,
      date,
      packages: packagesOf(built, values),
      runtime: ARCHITECTURES[base.arch].bunPackage,
      writeBundle: (path) => writeBundle(path, { slot: image.slot, board: base.board, version, keys }),
      keys,
    },
    progress,
  );
  for (const path of Object.values(artifacts)) {
    progress.note(`${formatBytes(statSync(path).size).padStart(10)}  ${relative(process.cwd(), path)}`);
  }
  progress.note(`Done in ${formatElapsed(progress.elapsed)}`);
}

/** Where the list of an image's packages comes from. */
function packagesOf({ base }: BuiltImage, { built, output, buildroot }: ImageOptions): PackageSource {
  if (base.name === "debian") return { base: "debian", tree: base.tree };
  const showInfo = join(outputFolder(readBoard(base.board), built ?? output), "show-info.json");
  return { base: "buildroot", showInfo, buildroot: buildroot ?? clonedTree() };
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
