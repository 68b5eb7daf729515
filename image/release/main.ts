/** `bun run release --disk FILE --board B …`: writes a release's files from a disk image that was built. */
import { statSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../../package.json" with { type: "json" };
import { formatBytes } from "../../services/model/format-bytes.ts";
import { ARCHITECTURES } from "../architecture.ts";
import { debianBase } from "../base/debian.ts";
import { readBoard } from "../board.ts";
import { buildKeys } from "../keys.ts";
import { BUILD } from "../paths.ts";
import { formatElapsed, Progress } from "../progress.ts";
import { commit } from "../release.ts";
import { makeRelease, type PackageSource } from "./make-release.ts";

const USAGE = `bun run release --disk FILE --board B [--base debian] [--out DIR] [--keys DIR] [--bundle FILE]
bun run release --disk FILE --board B --base buildroot --show-info FILE --buildroot DIR [--out DIR] …
  --disk       the disk image
  --show-info  what Buildroot's "make show-info" printed, and --buildroot the tree it was run in
  --bundle     the update bundle (.raucb), to be part of the release
  --keys       a folder that berth keys init made (build/keys, made when missing)
  --out        the folder for the files (build/release)`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      disk: { type: "string" },
      board: { type: "string" },
      base: { type: "string", default: "debian" },
      "show-info": { type: "string" },
      buildroot: { type: "string" },
      bundle: { type: "string" },
      keys: { type: "string" },
      out: { type: "string", default: join(BUILD, "release") },
    },
  });
  const { disk, board, out, bundle } = values;
  if (disk === undefined || board === undefined) throw new Error(`--disk and --board are needed\n${USAGE}`);
  const progress = new Progress();
  const options = {
    disk,
    board,
    out,
    version: manifest.version,
    date: (await commit()).date,
    packages: await packagesOf(values.base, values, progress),
    runtime: ARCHITECTURES[readBoard(board).architecture].bunPackage,
    keys: await buildKeys(values.keys),
    ...(bundle === undefined ? {} : { bundle }),
  };
  const artifacts = await makeRelease(options, progress);
  for (const path of Object.values(artifacts)) {
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size !== undefined) progress.note(`${formatBytes(size).padStart(10)}  ${relative(process.cwd(), path)}`);
  }
  progress.note(`Done in ${formatElapsed(progress.elapsed)}`);
}

async function packagesOf(
  base: string,
  values: { readonly "show-info"?: string | undefined; readonly buildroot?: string | undefined },
  progress: Progress,
): Promise<PackageSource> {
  const { "show-info": showInfo, buildroot } = values;
  switch (base) {
    case "debian":
      return { base, tree: (await debianBase(progress)).tree };
    case "buildroot":
      if (showInfo === undefined || buildroot === undefined) {
        throw new Error(`--base buildroot needs --show-info and --buildroot\n${USAGE}`);
      }
      return { base, showInfo, buildroot };
    default:
      throw new Error(`--base ${base}: debian or buildroot\n${USAGE}`);
  }
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
