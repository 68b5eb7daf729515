/**
 * `bun buildroot/defconfig.ts [--check]`: writes `configs/berth_<board>_defconfig` from the fragments of each board, or
 * says which of them is not what its fragments give.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { type Board, readBoard } from "../image/board.ts";
import { readList } from "../image/list-file.ts";
import { PROJECT } from "../image/paths.ts";
import { type Fragment, mergeFragments } from "./fragment.ts";

const HEADER = "# Written by `bun buildroot/defconfig.ts` from the fragments it names: edit those.\n\n";
const GRUB_MODULES = join(PROJECT, "image/boot/grub-modules.txt");

/** The names of all boards. */
export function boardNames(): string[] {
  return readdirSync(join(PROJECT, "board"))
    .filter((name) => existsSync(join(PROJECT, "board", name, "board.env")))
    .sort();
}

/** A board's Buildroot configuration: what all boards share, its architecture's, its own, and `more` on top. */
export function defconfigOf(board: Board, more: readonly string[] = []): string {
  const { name, architecture } = board;
  const paths = [
    "buildroot/fragments/common.fragment",
    `buildroot/fragments/${architecture}.fragment`,
    `board/${name}/buildroot.fragment`,
  ].map((path) => join(PROJECT, path));
  const fragments = [...paths.filter((path) => existsSync(path)), ...more].map(readFragment);
  const modules = readList(GRUB_MODULES).join(" ");
  return HEADER + mergeFragments(fragments, { ARCHITECTURE: architecture, BOARD: name, GRUB_MODULES: modules });
}

function readFragment(path: string): Fragment {
  const name = relative(PROJECT, path);
  return { name: name.startsWith("..") ? "a local fragment" : name, text: readFileSync(path, "utf8") };
}

/** Where a board's committed configuration lies. */
function defconfigPath(name: string): string {
  return join(PROJECT, "buildroot/configs", `berth_${name}_defconfig`);
}

function main(): void {
  const { check } = parseArgs({ options: { check: { type: "boolean", default: false } } }).values;
  for (const name of boardNames()) {
    const path = defconfigPath(name);
    const wanted = defconfigOf(readBoard(name));
    if (existsSync(path) && readFileSync(path, "utf8") === wanted) continue;
    if (check) {
      console.error(`${relative(PROJECT, path)} is not what its fragments give: run \`bun buildroot/defconfig.ts\``);
      process.exitCode = 1;
    } else {
      writeFileSync(path, wanted);
      console.log(relative(PROJECT, path));
    }
  }
}

if (import.meta.main) main();
