import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadOrder, moduleName, parseModulesDep } from "./modules.ts";

/** A kernel module to be loaded. */
export interface ModuleFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** The named modules of a kernel's folder and what they need, in the order to load them in. */
export function moduleFiles(folder: string, names: readonly string[]): Promise<ModuleFile[]> {
  const dependencies = parseModulesDep(readFileSync(join(folder, "modules.dep"), "utf8"));
  return Promise.all(
    loadOrder(dependencies, names).map(async (file) => ({
      name: `${moduleName(file)}.ko`,
      data: await plainModule(join(folder, file)),
    })),
  );
}

/** A module's bytes, unpacked here since whoever loads it does not ask the kernel to do it. */
async function plainModule(path: string): Promise<Uint8Array> {
  if (!path.endsWith(".xz")) return readFileSync(path);
  const child = Bun.spawn(["xz", "--decompress", "--stdout", path], { stdout: "pipe" });
  const data = await new Response(child.stdout).bytes();
  if ((await child.exited) !== 0) throw new Error(`${path}: not an xz file`);
  return data;
}
