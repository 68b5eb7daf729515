import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GuestParts } from "../base/base.ts";
import { foldersOf } from "../fat.ts";
import { type CpioEntry, packCpio } from "../initrd/cpio.ts";
import { moduleFiles } from "../initrd/module-files.ts";
import { readList } from "../list-file.ts";

/** What goes into it. */
export interface InitramfsParts extends Pick<GuestParts, "programs" | "tini" | "modules"> {
  /** The tree that `programs` and `tini` are in. */
  readonly tree: string;
  /** The compiled first process. */
  readonly init: string;
}

const FOLDERS = ["dev", "modules", "proc", "root", "run", "sys"];
/** Where a guest has its init for workloads, wherever the tree has it. */
const TINI = "usr/bin/tini";

/** The guest's initramfs, not compressed. */
export async function guestInitramfs({ tree, init, programs, tini, modules }: InitramfsParts): Promise<Uint8Array> {
  const files = [TINI, ...programs.map((path) => path.slice(1))];
  const entries: CpioEntry[] = [...new Set([...FOLDERS, ...foldersOf(files)])].map((path) => ({
    kind: "folder",
    path,
  }));
  // Before devtmpfs is mounted the kernel needs a console to give to init.
  entries.push({ kind: "device", path: "dev/console", major: 5, minor: 1 });
  entries.push(executable("init", init), executable(TINI, join(tree, tini)));
  // Under the names by which the loader looks for them, links followed.
  for (const path of programs) entries.push(executable(path.slice(1), join(tree, path)));
  const loaded =
    modules === undefined ? [] : await moduleFiles(modules, readList(join(import.meta.dir, "modules.txt")));
  for (const { name, data } of loaded) entries.push({ kind: "file", path: `modules/${name}`, data, mode: 0o644 });
  const list = Buffer.from(loaded.map(({ name }) => `${name}\n`).join(""));
  entries.push({ kind: "file", path: "modules.list", data: list, mode: 0o644 });
  return packCpio(entries);
}

function executable(path: string, source: string): CpioEntry {
  return { kind: "file", path, data: readFileSync(source), mode: 0o755 };
}
