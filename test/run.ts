/**
 * `bun run test`: every check of the project, on a machine with nothing prepared. Only `node:` modules are imported up
 * here, since the npm packages are not there yet when this starts.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { APPLIANCE, type Check, checks, endToEndTests, FIRST } from "./checks/checks.ts";
import { countsOf } from "./checks/counts.ts";
import { Results } from "./checks/results.ts";
import { runCommand, type Show } from "./checks/run-command.ts";

/** Runs a check and gives what it printed; undefined when it failed. */
async function run(
  results: Results,
  { name, command, whole }: Check,
  show: Show = "live",
): Promise<string | undefined> {
  console.log(`\n== ${name}`);
  const began = Date.now();
  const { output, code } = await runCommand(command, show);
  const counts = whole ? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 } : countsOf(output, code);
  results.add({ name, counts, seconds: Math.round((Date.now() - began) / 1000) });
  return code === 0 ? output : undefined;
}

/** Has every test file boot the image that `prepare.ts appliance` names on its last line, as if it were given by hand. */
function bootWhatWasBuilt(printed: string): void {
  const { arch, disk } = JSON.parse(printed.trim().split("\n").at(-1) ?? "");
  process.env.BERTH_TEST_IMAGE = disk;
  process.env.BERTH_TEST_ARCH = arch;
}

/**
 * Machines that are emulated die now and then of their emulator (an oops in code the kernel has just patched). So a file
 * that failed is run once more, in machines of its own.
 */
async function runEndToEnd(results: Results): Promise<void> {
  const built = await run(results, APPLIANCE);
  if (built === undefined) return;
  bootWhatWasBuilt(built);
  const files = endToEndTests();
  const one = async () => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      if ((await run(results, file, "whole")) === undefined) await run(results, file, "whole");
    }
  };
  await Promise.all([one(), one()]);
}

async function main(): Promise<void> {
  const { values, positionals: only } = parseArgs({
    allowPositionals: true,
    options: { image: { type: "string" }, arch: { type: "string" } },
  });
  // What the end-to-end tests boot in place of the image built here (test/rig/machine-image.ts).
  if (values.image !== undefined) process.env.BERTH_TEST_IMAGE = resolve(values.image);
  if (values.arch !== undefined) process.env.BERTH_TEST_ARCH = values.arch;
  const wanted = (name: string) => only.length === 0 || only.some((word) => name.includes(word));
  const results = new Results();
  if (await prepare(results)) {
    for (const check of checks()) if (wanted(check.name)) await run(results, check);
    if (wanted("end-to-end")) await runEndToEnd(results);
  }
  console.log(`\n${results.summary()}`);
  process.exitCode = results.failed ? 1 : 0;
}

async function prepare(results: Results): Promise<boolean> {
  for (const check of FIRST) if ((await run(results, check)) === undefined) return false;
  return true;
}

await main();
