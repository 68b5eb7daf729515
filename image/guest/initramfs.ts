import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GuestParts } from "../base/base.ts";
import { foldersOf } from "../fat.ts";
import { type CpioEntry, packCpio } from "../initrd/cpio.ts";
import { moduleFiles } from "../initrd/module-files.ts";
import { readList } from "../list-file.ts";
import { bareModule } from "./bare-module.ts";

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
  if (modules !== undefined) entries.push(...(await moduleEntries(modules)));
  return packCpio(entries);
}

/** Modules, and the lists by which they are loaded: what every guest needs, and what those with volumes need besides. */
async function moduleEntries(folder: string): Promise<CpioEntry[]> {
  const entries: CpioEntry[] = [];
  const there = new Set<string>();
  for (const list of ["modules", "modules-volumes"]) {
    const files = await moduleFiles(folder, readList(join(import.meta.dir, `${list}.txt`)));
    const own = files.filter(({ name }) => !there.has(name));
    for (const { name, data } of own) {
      there.add(name);
      entries.push({ kind: "file", path: `modules/${name}`, data: await bareModule(data), mode: 0o644 });
    }
    const data = Buffer.from(own.map(({ name }) => `${name}\n`).join(""));
    entries.push({ kind: "file", path: `${list}.list`, data, mode: 0o644 });
  }
  return entries;
}

function executable(path: string, source: string): CpioEntry {
  return { kind: "file", path, data: readFileSync(source), mode: 0o755 };
}
