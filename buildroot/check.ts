/**
 * `bun buildroot/check.ts`: what can be checked of this folder without a build. Buildroot's own `check-package` is part of
 * it where a Buildroot tree is at hand: the one BUILDROOT names, or the one `bun run image --base buildroot` cloned.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT } from "../image/paths.ts";
import { boardNames } from "./defconfig.ts";
import { clonedTree } from "./release.ts";

function main(): void {
  check("configurations match their fragments", [process.execPath, "buildroot/defconfig.ts", "--check"]);
  const tree = process.env.BUILDROOT ?? clonedTree();
  const checker = join(tree, "utils/check-package");
  if (!existsSync(checker)) {
    console.log("skipped: check-package, since no Buildroot tree is at hand (BUILDROOT names one)");
    return;
  }
  const listed = spawnSync("git", ["ls-files", "buildroot"], { cwd: PROJECT, encoding: "utf8" }).stdout.split("\n");
  const files = listed.filter((name) => CHECKED.test(name));
  check("check-package", [checker, "--br2-external", ...files]);
  for (const name of boardNames()) checkTakenOver(tree, name);
}

/** What check-package knows; the rest of the folder is ours to check. */
const CHECKED = /(?:Config\.in|\.mk|\.desc|\.sh|_defconfig|\.hash|\.patch)$/u;

/** Whether Buildroot's Kconfig takes a board's configuration over as it is written. */
function checkTakenOver(tree: string, name: string): void {
  const output = mkdtempSync(join(tmpdir(), "berth-buildroot-"));
  try {
    const external = join(PROJECT, "buildroot");
    const make = ["make", "--silent", "-C", tree, `O=${output}`, `BR2_EXTERNAL=${external}`];
    check(`${name}: Buildroot reads it`, [...make, `berth_${name}_defconfig`]);
    const fragments = [join(external, "configs", `berth_${name}_defconfig`)];
    const command = [process.execPath, "buildroot/kconfig.ts", join(output, ".config"), ...fragments];
    check(`${name}: Buildroot takes every setting over`, command);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

function check(name: string, [program = "", ...args]: readonly string[]): void {
  const { status } = spawnSync(program, args, { cwd: PROJECT, stdio: "inherit" });
  console.log(`${status === 0 ? "ok" : "FAILED"}: ${name}`);
  if (status !== 0) process.exitCode = 1;
}

if (import.meta.main) main();
