import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Base } from "./base/base.ts";
import { fileDigest, textDigest, treeDigest } from "./digest.ts";
import { writeDisk } from "./disk.ts";
import { packRoot } from "./erofs.ts";
import { buildInitrd } from "./initrd/initrd.ts";
import { BUILD } from "./paths.ts";
import type { Progress } from "./progress.ts";
import type { Release } from "./release.ts";
import { stageTree } from "./tree.ts";

/** A composed image: what a machine boots. */
export interface ComposedImage {
  /** The whole disk, sparse. */
  readonly disk: string;
  /** The root file system alone, as it lies in the disk's root partition: what an update will carry. */
  readonly root: string;
  /** For direct kernel boot, until the image boots through UEFI. */
  readonly kernel: string;
  readonly initrd: string;
  /** The kernel command line (without a console, which is the machine's matter). */
  readonly cmdline: string;
}

/** `fsck.repair`: nobody is there to answer. `gpt_auto=0`: fstab says it all. `panic`: restart rather than stand still. */
const CMDLINE =
  "root=PARTLABEL=root-a ro fsck.repair=yes systemd.gpt_auto=0 systemd.firstboot=off quiet loglevel=4 panic=10";

const OVERLAYS = [join(import.meta.dir, "rootfs"), join(import.meta.dir, "rootfs-dev")];

/** Composes the image from a base, the overlays and the executable; skipped when nothing changed. */
export async function compose(
  base: Base,
  executable: string,
  release: Release,
  progress: Progress,
): Promise<ComposedImage> {
  const folder = join(BUILD, "image", `${base.name}-${base.arch}`);
  const image: ComposedImage = {
    disk: join(folder, "disk.img"),
    root: join(folder, "root.erofs"),
    kernel: join(folder, "vmlinuz"),
    initrd: join(folder, "initrd.img"),
    cmdline: join(folder, "cmdline"),
  };
  const key = textDigest(
    base.key,
    await fileDigest(executable),
    JSON.stringify(release),
    // Overlays and every script of this folder.
    treeDigest(import.meta.dir),
  );
  const keyFile = join(folder, "key");
  if (existsSync(keyFile) && readFileSync(keyFile, "utf8") === key) {
    progress.skip("Disk image", "unchanged");
    return image;
  }
  mkdirSync(folder, { recursive: true });
  // Gone until all is written: an image that was half replaced is no image.
  rmSync(keyFile, { force: true });
  const stage = join(folder, "tree");
  await progress.step("Root tree", () => stageTree(stage, { base, overlays: OVERLAYS, executable, release }));
  await progress.step("Root file system", () => packRoot(base, stage, release.date, image.root));
  rmSync(stage, { recursive: true, force: true });
  await progress.step("Kernel and initrd", async () => {
    copyFileSync(base.kernel, image.kernel);
    writeFileSync(image.initrd, await buildInitrd(base));
    writeFileSync(image.cmdline, `${CMDLINE}\n`);
  });
  await progress.step("Disk image", () => writeDisk(image.disk, image.root));
  writeFileSync(`${keyFile}.partial`, key);
  renameSync(`${keyFile}.partial`, keyFile);
  return image;
}
