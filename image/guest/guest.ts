import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Base } from "../base/base.ts";
import { textDigest, treeDigest } from "../digest.ts";
import { BUILD } from "../paths.ts";
import { compileInit } from "./compile.ts";
import { guestInitramfs } from "./initramfs.ts";
import { unpackKernel } from "./kernel.ts";

/** What a micro-VM boots. */
export interface GuestFiles {
  readonly kernel: string;
  readonly initramfs: string;
}

const GUESTS = join(BUILD, "guest");

/** Builds what the base's micro-VMs boot, or finds what was built from the same base and sources. */
export async function buildGuest(base: Base): Promise<GuestFiles> {
  const key = textDigest(base.key, treeDigest(import.meta.dir, join(import.meta.dir, "../initrd"))).slice(0, 16);
  const prefix = `${base.name}-${base.board}-`;
  const folder = join(GUESTS, `${prefix}${key}`);
  const files: GuestFiles = { kernel: join(folder, "kernel"), initramfs: join(folder, "initramfs.cpio") };
  if (existsSync(folder)) return files;
  // Those of earlier builds, of which nothing is used any more.
  for (const name of existsSync(GUESTS) ? readdirSync(GUESTS) : []) {
    if (name.startsWith(prefix)) rmSync(join(GUESTS, name), { recursive: true, force: true });
  }
  const partial = `${folder}.partial`;
  mkdirSync(partial, { recursive: true });
  const init = join(partial, "init");
  if (base.guest.init === undefined) await compileInit(init);
  else copyFileSync(join(base.tree, base.guest.init), init);
  writeFileSync(join(partial, "kernel"), unpackKernel(readFileSync(base.guest.kernel)));
  writeFileSync(join(partial, "initramfs.cpio"), await guestInitramfs({ ...base.guest, tree: base.tree, init }));
  renameSync(partial, folder);
  return files;
}

/** The files' places in the root file system. */
export function guestPlaces({ kernel, initramfs }: GuestFiles): Record<string, string> {
  return { "usr/lib/berth/guest/kernel": kernel, "usr/lib/berth/guest/initramfs.cpio": initramfs };
}
