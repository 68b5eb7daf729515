import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ARCHITECTURES } from "../architecture.ts";
import { type Board, readBoard } from "../board.ts";
import { run } from "../command.ts";
import { fileDigest, textDigest } from "../digest.ts";
import { withLibraries } from "../elf.ts";
import { BUILD } from "../paths.ts";
import type { Progress } from "../progress.ts";
import type { Base } from "./base.ts";
import { type BuildrootOptions, outputFolder, runBuildroot } from "./buildroot/build.ts";

const BASES = join(BUILD, "base");
/** Where the package berth-guest puts the first process of guests. */
const INIT = "/usr/lib/berth/guest/init";

/** Builds a board's base by Buildroot, or goes on with it. */
export async function buildrootBase(board: string, options: BuildrootOptions, progress: Progress): Promise<Base> {
  const described = readBoard(board);
  return describe(described, await runBuildroot(described, options, progress), progress);
}

/** The base in an output folder that Buildroot has finished. */
export function finishedBuildrootBase(board: string, output: string | undefined, progress: Progress): Promise<Base> {
  const described = readBoard(board);
  return describe(described, outputFolder(described, output), progress);
}

async function describe(board: Board, output: string, progress: Progress): Promise<Base> {
  const { efiFile, kernelImage } = ARCHITECTURES[board.architecture];
  const images = join(output, "images");
  const archive = join(images, "rootfs.tar");
  const kernel = join(images, kernelImage);
  const guestKernel = join(images, "guest-kernel");
  // Buildroot writes the name in small letters.
  const bootLoader = join(images, "efi-part/EFI/BOOT", efiFile.toLowerCase());
  const packer = join(output, "host/bin/mkfs.erofs");
  const parts = [archive, kernel, guestKernel, bootLoader, packer];
  for (const path of parts) {
    if (!existsSync(path)) throw new Error(`${path} is missing: Buildroot has not finished there`);
  }
  const key = textDigest(...(await Promise.all(parts.map(fileDigest)))).slice(0, 16);
  const prefix = `buildroot-${board.name}-`;
  const tree = join(BASES, `${prefix}${key}`);
  const title = "Root tree from Buildroot's archive";
  if (existsSync(tree)) progress.skip(title, "unpacked already");
  else await progress.step(title, () => unpack(archive, tree, prefix));
  return {
    name: "buildroot",
    arch: board.architecture,
    board: board.name,
    key,
    tree,
    // It is in the initramfs.
    strip: [INIT.slice(1)],
    kernel,
    initrd: undefined,
    guest: {
      kernel: guestKernel,
      init: INIT,
      programs: withLibraries(tree, [INIT, "/usr/bin/crun"]).filter((path) => path !== INIT),
      tini: "/usr/bin/tini",
      modules: undefined,
    },
    bootLoader,
    mkfsErofs: [packer],
    // Buildroot made the users, with the numbers of buildroot/users.txt.
    sysusers: undefined,
  };
}

/** Unpacks the tree with its owners, and drops those of earlier builds. */
async function unpack(archive: string, tree: string, prefix: string): Promise<void> {
  mkdirSync(BASES, { recursive: true });
  for (const name of readdirSync(BASES)) {
    if (name.startsWith(prefix)) rmSync(join(BASES, name), { recursive: true, force: true });
  }
  const partial = `${tree}.partial`;
  mkdirSync(partial);
  await run([
    "tar",
    "--extract",
    `--file=${archive}`,
    `--directory=${partial}`,
    "--numeric-owner",
    "--same-permissions",
  ]);
  const users = readFileSync(join(partial, "etc/passwd"), "utf8");
  if (!/^berth-agent:/mu.test(users)) throw new Error(`${archive}: the user berth-agent is missing`);
  renameSync(partial, tree);
}
