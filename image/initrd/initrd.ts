import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Base } from "../base/base.ts";
import { readList } from "../list-file.ts";
import { type CpioEntry, packCpio } from "./cpio.ts";
import { loadOrder, moduleName, parseModulesDep } from "./modules.ts";

const FOLDERS = ["bin", "dev", "modules", "proc", "root", "sys"];
const TOOLS = ["grep", "insmod", "mount", "reboot", "sh", "sleep", "switch_root"];

/** Builds the initrd: busybox, the modules that lead to the root file system, and `init`. */
export async function buildInitrd(base: Base): Promise<Uint8Array> {
  const entries: CpioEntry[] = FOLDERS.map((path) => ({ kind: "folder", path }));
  // Before devtmpfs is mounted the kernel needs a console to give to init.
  entries.push({ kind: "device", path: "dev/console", major: 5, minor: 1 });
  entries.push(executable("init", join(import.meta.dir, "init")));
  entries.push(executable("bin/busybox", join(base.tree, "usr/bin/busybox")));
  for (const tool of TOOLS) entries.push({ kind: "link", path: `bin/${tool}`, target: "busybox" });
  entries.push(...(await modules(base)));
  return Bun.zstdCompressSync(packCpio(entries), { level: 9 });
}

function executable(path: string, source: string): CpioEntry {
  return { kind: "file", path, data: readFileSync(source), mode: 0o755 };
}

async function modules(base: Base): Promise<CpioEntry[]> {
  const folder = join(base.tree, "usr/lib/modules", base.kernelRelease);
  const dependencies = parseModulesDep(readFileSync(join(folder, "modules.dep"), "utf8"));
  const files = loadOrder(dependencies, readList(join(import.meta.dir, "modules.txt")));
  const entries: CpioEntry[] = [];
  const order: string[] = [];
  for (const file of files) {
    const name = `${moduleName(file)}.ko`;
    const data = await plainModule(join(folder, file));
    entries.push({ kind: "file", path: `modules/${name}`, data, mode: 0o644 });
    order.push(name);
  }
  const data = Buffer.from(order.map((name) => `${name}\n`).join(""));
  return [...entries, { kind: "file", path: "modules/order", data, mode: 0o644 }];
}

/** A module's bytes, unpacked here since busybox's insmod does not ask the kernel to do it. */
async function plainModule(path: string): Promise<Uint8Array> {
  if (!path.endsWith(".xz")) return readFileSync(path);
  const child = Bun.spawn(["xz", "--decompress", "--stdout", path], { stdout: "pipe" });
  const data = await new Response(child.stdout).bytes();
  if ((await child.exited) !== 0) throw new Error(`${path}: not an xz file`);
  return data;
}
