import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ARCHITECTURES, type Architecture } from "./architecture.ts";
import { run } from "./command.ts";
import { textDigest } from "./digest.ts";
import { BUILD, PROJECT } from "./paths.ts";

const MANIFESTS = ["package.json", "bun.lock", "bunfig.toml"];

/**
 * Bun's run time for an architecture, which goes into the executable: the npm package that `bun.lock` names, with its
 * digest. `bun install` leaves out packages of other processors than its own; those are installed in a folder of their
 * own, from the same lock file.
 */
export async function bunRuntime(architecture: Architecture): Promise<string> {
  const program = join("node_modules", ARCHITECTURES[architecture].bunPackage, "bin/bun");
  const installed = join(PROJECT, program);
  if (existsSync(installed)) return installed;
  const lock = textDigest(await Bun.file(join(PROJECT, "bun.lock")).text()).slice(0, 16);
  const runtime = join(BUILD, "runtime", `bun-${architecture}-${lock}`);
  if (existsSync(runtime)) return runtime;
  const folder = `${runtime}.partial`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of MANIFESTS) copyFileSync(join(PROJECT, name), join(folder, name));
  const cpu = `--cpu=${architecture === "x86_64" ? "x64" : "arm64"}`;
  await run([process.execPath, "install", "--frozen-lockfile", "--ignore-scripts", "--os=linux", cpu], { cwd: folder });
  renameSync(join(folder, program), runtime);
  rmSync(folder, { recursive: true, force: true });
  return runtime;
}
