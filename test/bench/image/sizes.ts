import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Base } from "../../../image/base/base.ts";
import { run } from "../../../image/command.ts";
import { verifiedSize } from "../../../image/verity.ts";
import { placeOf, readFromDisk } from "../../rig/disk-file.ts";
import { type RootFile, sizesByContent } from "./contents.ts";

/** Sizes of an image's slot A, in bytes. */
export interface ImageSizes {
  /** Kernel, and initrd where there is one. */
  readonly kernel: number;
  /** The root file system with its hash tree. */
  readonly root: number;
  /** Kernel and root file system as xz packs them. */
  readonly packed: number;
  /** The root file system's files as they are read. */
  readonly contents: ReadonlyMap<string, number>;
}

const BLOCK = 4096;

/** Takes an image's disk apart. The tools that read EROFS are the base's. */
export async function imageSizes(disk: string, base: Base): Promise<ImageSizes> {
  const folder = mkdtempSync(join(tmpdir(), "berth-sizes-"));
  try {
    await readFromDisk(disk, "boot-a", "*", folder);
    const kernel = ["vmlinuz", "initrd.img"].reduce((sum, name) => sum + sizeOf(join(folder, name)), 0);
    const blocks = verifiedBlocks(readFileSync(join(folder, "slot.cfg"), "utf8"));
    const root = join(folder, "root.img");
    const { offset, size } = placeOf("root-a");
    const skip = `skip=${offset / BLOCK}`;
    await run([
      "dd",
      `if=${disk}`,
      `of=${root}`,
      `bs=${BLOCK}`,
      skip,
      `count=${size / BLOCK}`,
      "conv=sparse",
      "status=none",
    ]);
    const tree = join(folder, "tree");
    await run([...fsckErofs(base), `--extract=${tree}`, root]);
    const whole = blocks * BLOCK;
    const packing = `head -c ${whole} root.img | cat - vmlinuz $(ls initrd.img 2>/dev/null) | xz -T0 -c | wc -c`;
    return {
      kernel,
      root: whole,
      packed: Number(await run(["sh", "-c", packing], { cwd: folder })),
      contents: sizesByContent(filesBelow(tree)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How `fsck.erofs` is run: it lies beside `mkfs.erofs`. */
function fsckErofs({ mkfsErofs }: Base): string[] {
  return mkfsErofs.map((word) => word.replace(/mkfs\.erofs$/, "fsck.erofs"));
}

/** Blocks of a root file system and its hash tree, by the table its slot gives to the kernel. */
function verifiedBlocks(slotConfig: string): number {
  const blocks = Number(/ verity 1 \S+ \S+ 4096 4096 (\d+) /.exec(slotConfig)?.[1] ?? Number.NaN);
  return verifiedSize(blocks) / BLOCK;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Bun's own recursion would follow links. */
function filesBelow(tree: string, folder = ""): RootFile[] {
  return readdirSync(join(tree, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(tree, path);
    if (!entry.isFile()) return [];
    const { size, nlink } = lstatSync(join(tree, path));
    return [{ path, size: size / nlink }];
  });
}
