import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ARCHITECTURES, type Architecture, isArchitecture } from "./architecture.ts";
import { run } from "./command.ts";
import { BUILD, PROJECT } from "./paths.ts";
import { bunRuntime } from "./runtime.ts";

/** Compiles `services/main.ts` to the one executable of the device, for its architecture, and returns its path. */
export async function compileExecutable(
  entry: string = join(PROJECT, "services/main.ts"),
  architecture: Architecture = "x86_64",
  outfile: string = join(BUILD, `berth-linux-${architecture}`),
): Promise<string> {
  const runtime = await bunRuntime(architecture);
  mkdirSync(dirname(outfile), { recursive: true });
  // Put in its place whole: what runs the former one, or copies it, is not disturbed. The name is part of what is compiled.
  const partial = mkdtempSync(join(dirname(outfile), ".compile-"));
  try {
    await run(
      [
        process.execPath,
        "build",
        "--compile",
        "--minify",
        // Names are part of error messages and of what the journal shows.
        "--keep-names",
        // Each service loads its own part of the code only, compiled already: that halves the time to start and saves
        // memory (docs/decisions/0007).
        "--splitting",
        "--bytecode",
        "--format=esm",
        // The services do little, over years: what is rarely run is not worth compiling (docs/decisions/0008).
        "--compile-jit-policy=10",
        `--target=${ARCHITECTURES[architecture].bunTarget}`,
        `--compile-executable-path=${runtime}`,
        // The device must not take settings from whatever folder it happens to run in.
        "--no-compile-autoload-dotenv",
        "--no-compile-autoload-bunfig",
        entry,
        "--outfile",
        join(partial, basename(outfile)),
      ],
      { cwd: PROJECT },
    );
    renameSync(join(partial, basename(outfile)), outfile);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return outfile;
}

/** `bun image/executable.ts --architecture x86_64|aarch64 --output FILE`: for Buildroot's package. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { architecture: { type: "string" }, output: { type: "string" } } });
  const { architecture = "x86_64", output } = values;
  if (!isArchitecture(architecture)) throw new Error(`--architecture ${architecture}: x86_64 or aarch64 expected`);
  await compileExecutable(undefined, architecture, output === undefined ? undefined : resolve(output));
}

if (import.meta.main) await main();
