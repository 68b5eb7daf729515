import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { InitrdParts } from "../base/base.ts";
import { foldersOf } from "../fat.ts";
import { readList } from "../list-file.ts";
import { type CpioEntry, packCpio } from "./cpio.ts";
import { moduleFiles } from "./module-files.ts";

const FOLDERS = ["bin", "dev", "modules", "proc", "root", "sys"];
const TOOLS = ["grep", "insmod", "mount", "reboot", "sh", "sleep", "switch_root"];

/** Builds the initrd of a tree: busybox, the modules that lead to the root file system, programs with their libraries, and `init`. */
export async function buildInitrd(tree: string, parts: InitrdParts): Promise<Uint8Array> {
  const folders = [...FOLDERS, ...foldersOf(parts.programs.map((path) => path.slice(1)))];
  const entries: CpioEntry[] = [...new Set(folders)].map((path) => ({ kind: "folder", path }));
  // Before devtmpfs is mounted the kernel needs a console to give to init.
  entries.push({ kind: "device", path: "dev/console", major: 5, minor: 1 });
  entries.push(executable("init", join(import.meta.dir, "init")));
  entries.push(executable("bin/busybox", parts.busybox));
  for (const tool of TOOLS) entries.push({ kind: "link", path: `bin/${tool}`, target: "busybox" });
  // Under the names by which the loader looks for them, links followed.
  for (const path of parts.programs) entries.push(executable(path.slice(1), join(tree, path)));
  entries.push(...(await modules(parts.modules)));
  return Bun.zstdCompressSync(packCpio(entries), { level: 9 });
}

function executable(path: string, source: string): CpioEntry {
  return { kind: "file", path, data: readFileSync(source), mode: 0o755 };
}

async function modules(folder: string): Promise<CpioEntry[]> {
  const files = await moduleFiles(folder, readList(join(import.meta.dir, "modules.txt")));
  const entries = files.map(
    ({ name, data }): CpioEntry => ({ kind: "file", path: `modules/${name}`, data, mode: 0o644 }),
  );
  const data = Buffer.from(files.map(({ name }) => `${name}\n`).join(""));
  return [...entries, { kind: "file", path: "modules/order", data, mode: 0o644 }];
}
