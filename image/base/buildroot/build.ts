import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { defconfigOf } from "../../../buildroot/defconfig.ts";
import type { Board } from "../../board.ts";
import { textDigest, treeDigest } from "../../digest.ts";
import { BUILD, PROJECT } from "../../paths.ts";
import { formatElapsed, type Progress } from "../../progress.ts";
import { buildTimes, timeTable } from "./build-times.ts";
import { requireHostTools } from "./host-tools.ts";
import { make } from "./make.ts";
import { packageStep } from "./make-output.ts";
import { buildrootTree } from "./source.ts";
import { type Digests, inputsOf, staleTargets } from "./stale.ts";

/** How Buildroot is run. */
export interface BuildrootOptions {
  /** A Buildroot tree; the pinned release is cloned when left out. */
  readonly tree?: string | undefined;
  /** The output folder; `build/buildroot/BOARD` when left out. */
  readonly output?: string | undefined;
  /** Fragments on top of the project's, which are not committed. */
  readonly localFragments?: readonly string[] | undefined;
  readonly development: boolean;
}

const EXTERNAL = join(PROJECT, "buildroot");
const DEVELOPMENT = join(EXTERNAL, "fragments/development.fragment");

/** Where a board's Buildroot output lies. */
export function outputFolder(board: Board, output: string | undefined): string {
  return output === undefined ? join(BUILD, "buildroot", board.name) : resolve(output);
}

/**
 * Builds a board's root file system, kernel and boot loader by Buildroot and returns the output folder. A run that was cut
 * short, or a second one, goes on where the first one ended.
 */
export async function runBuildroot(board: Board, options: BuildrootOptions, progress: Progress): Promise<string> {
  requireHostTools((program) => Bun.which(program) !== null);
  const tree = await buildrootTree(options.tree, progress);
  const output = outputFolder(board, options.output);
  mkdirSync(output, { recursive: true });
  const fragments = [...(options.development ? [DEVELOPMENT] : []), ...(options.localFragments ?? [])];
  const defconfig = join(output, "berth_defconfig");
  writeFileSync(defconfig, defconfigOf(board, fragments));
  await progress.step("Buildroot configuration", () =>
    make({
      folder: tree,
      args: [`O=${output}`, `BR2_EXTERNAL=${EXTERNAL}`, `BR2_DEFCONFIG=${defconfig}`, "defconfig"],
      log: join(output, "berth-defconfig.log"),
    }),
  );
  await buildPackages(board, output, progress);
  return output;
}

async function buildPackages(board: Board, output: string, progress: Progress): Promise<void> {
  const log = join(output, "berth-build.log");
  const before = readDigests(output);
  const now = digestsOf(board);
  const stale = staleTargets(before, now);
  const jobs = `-j${availableParallelism() + 1}`;
  const total = await packageCount(output);
  await progress.step(`Buildroot packages (${total})`, async (report) => {
    const start = performance.now();
    let last = "";
    const onLine = (line: string): void => {
      const at = packageStep(line);
      if (at === undefined) return;
      const done = installedCount(output);
      const text = `${at.name}${at.version === "" ? "" : ` ${at.version}`}: ${at.step.toLowerCase()}`;
      report.update(`${done} of ${total}, ${text}`, done / Math.max(total, 1));
      if (process.stdout.isTTY || at.name === last) return;
      last = at.name;
      progress.note(`  ${formatElapsed(performance.now() - start)}  ${done} of ${total}  ${text}`);
    };
    if (stale.length > 0) await make({ folder: output, args: stale, log: `${log}.stale`, onLine });
    // Only now: what failed is built anew by the next run too.
    writeFileSync(digestsFile(output), JSON.stringify(now, null, 2));
    await make({ folder: output, args: [jobs], log, onLine });
  });
  writeTimes(output, progress);
}

/** How many packages the configuration has. What Buildroot knows of them stays in `show-info.json`, for the release. */
async function packageCount(output: string): Promise<number> {
  const log = join(output, "berth-packages.log");
  await make({ folder: output, args: ["--silent", "show-info"], log });
  const text = readFileSync(log, "utf8");
  const json = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
  writeFileSync(join(output, "show-info.json"), `${json}\n`);
  return Object.keys(z.record(z.string(), z.unknown()).parse(JSON.parse(json))).length;
}

function installedCount(output: string): number {
  const build = join(output, "build");
  if (!existsSync(build)) return 0;
  return readdirSync(build).filter((name) => existsSync(join(build, name, ".stamp_installed"))).length;
}

function digestsFile(output: string): string {
  return join(output, "berth-inputs.json");
}

function readDigests(output: string): Digests {
  const path = digestsFile(output);
  return existsSync(path) ? z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(path, "utf8"))) : {};
}

function digestsOf(board: Board): Digests {
  const digest = (path: string): string => {
    const full = join(PROJECT, path);
    return statSync(full).isDirectory() ? treeDigest(full) : readFileSync(full, "utf8");
  };
  const inputs = inputsOf(board.name, board.architecture);
  return Object.fromEntries(inputs.map(({ target, paths }) => [target, textDigest(...paths.map(digest))]));
}

const SHOWN = 15;

function writeTimes(output: string, progress: Progress): void {
  const log = join(output, "build/build-time.log");
  if (!existsSync(log)) return;
  const times = buildTimes(readFileSync(log, "utf8"));
  const table = join(output, "build-times.txt");
  writeFileSync(table, timeTable(times));
  progress.note(`Longest packages (all in ${table}):\n${timeTable(times).split("\n").slice(0, SHOWN).join("\n")}`);
}
