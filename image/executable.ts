import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.ts";
import { BUILD, PROJECT } from "./paths.ts";

/** The runtime that goes into the executable: the baseline build, since emulated and older CPUs lack AVX2. */
const RUNTIME = join(PROJECT, "node_modules/@oven/bun-linux-x64-baseline/bin/bun");

/** Compiles `services/main.ts` to the one executable of the device and returns its path. */
export async function compileExecutable(
  entry: string = join(PROJECT, "services/main.ts"),
  outfile: string = join(BUILD, "berth-linux-x64"),
): Promise<string> {
  if (!existsSync(RUNTIME)) {
    throw new Error(`${RUNTIME} is missing: run \`bun install\` first`);
  }
  mkdirSync(BUILD, { recursive: true });
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
      `--compile-executable-path=${RUNTIME}`,
      // The device must not take settings from whatever folder it happens to run in.
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      entry,
      "--outfile",
      outfile,
    ],
    { cwd: PROJECT },
  );
  return outfile;
}
