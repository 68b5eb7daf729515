/**
 * `bun run test`: every check of the project, on a machine with nothing prepared. Only `node:` modules are imported up
 * here, since the npm packages are not there yet when this starts.
 */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Counts, countsOf, sum } from "./checks/counts.ts";
import { neutralTests } from "./checks/neutral.ts";

const PROJECT = join(import.meta.dirname, "..");
const BUN = process.execPath;
const BIN = join(PROJECT, "node_modules/.bin");

interface Check {
  readonly name: string;
  readonly command: readonly string[];
  /** A check that passes or fails as one; otherwise its printed test counts are read. */
  readonly whole: boolean;
}

function checks(): Check[] {
  const shell = ["*.sh", ".ci/run", "image/initrd/init", "image/rootfs/usr/lib/berth", ":(exclude)*.nft"];
  const scripts = spawnSync("git", ["ls-files", ...shell], { cwd: PROJECT, encoding: "utf8" })
    .stdout.trim()
    .split("\n");
  return [
    { name: "lint", command: [join(BIN, "biome"), "check", "."], whole: true },
    { name: "types", command: [join(BIN, "tsc"), "--noEmit"], whole: true },
    { name: "dead code", command: [join(BIN, "knip"), "--no-progress"], whole: true },
    { name: "Buildroot tree", command: [BUN, "buildroot/check.ts"], whole: true },
    { name: "shellcheck", command: ["shellcheck", ...scripts], whole: true },
    { name: "unit tests", command: [BUN, "test", "--timeout", "30000", ...unitTests()], whole: false },
    {
      name: "neutral code under Deno",
      command: [join(BIN, "deno"), "test", "-A", "--no-check", ...neutralTests(join(PROJECT, "services"))],
      whole: false,
    },
  ];
}

/** Each boots machines of its own. Those that take longest come first, since two run beside each other. */
function endToEndTests(): string[] {
  const longest = ["life.test.ts", "workloads.test.ts", "surroundings.test.ts", "appliance.test.ts"];
  const files = readdirSync(join(PROJECT, "test/e2e")).filter((name) => name.endsWith(".test.ts"));
  return [...longest, ...files.filter((name) => !longest.includes(name))];
}

function unitTests(): string[] {
  return [
    "services",
    "image",
    "buildroot",
    "test/rig",
    "test/checks",
    "test/docs",
    "test/bench",
    "test/faults",
  ].flatMap((folder) =>
    readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => `./${join(folder, name)}`),
  );
}

/** Runs a command, shows its output as it comes or all at its end, and gives it with the exit code. */
function run(command: readonly string[], show: "live" | "whole" = "live"): Promise<{ output: string; code: number }> {
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: PROJECT, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    for (const [stream, sink] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      stream.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (show === "live") sink.write(chunk);
      });
    }
    child.on("error", (error) => resolve({ output: String(error), code: 127 }));
    child.on("close", (code) => {
      const output = Buffer.concat(chunks).toString();
      if (show === "whole") process.stdout.write(output);
      resolve({ output, code: code ?? 1 });
    });
  });
}

/** Has every test file boot the image that `prepare.ts appliance` names on its last line, as if it were given by hand. */
function bootWhatWasBuilt(printed: string): void {
  const { arch, disk } = JSON.parse(printed.trim().split("\n").at(-1) ?? "");
  process.env.BERTH_TEST_IMAGE = disk;
  process.env.BERTH_TEST_ARCH = arch;
}

async function main(): Promise<void> {
  const { values, positionals: only } = parseArgs({
    allowPositionals: true,
    options: { image: { type: "string" }, arch: { type: "string" } },
  });
  // What the end-to-end tests boot in place of the image built here (test/rig/machine-image.ts).
  if (values.image !== undefined) process.env.BERTH_TEST_IMAGE = resolve(values.image);
  if (values.arch !== undefined) process.env.BERTH_TEST_ARCH = values.arch;
  const results: { name: string; counts: Counts; seconds: number }[] = [];
  /** First runs that failed of what was run twice. */
  const unsteady: typeof results = [];
  const record = async (name: string, command: readonly string[], whole: boolean, show: "live" | "whole" = "live") => {
    console.log(`\n== ${name}`);
    const began = Date.now();
    const { output, code } = await run(command, show);
    const counts = whole ? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 } : countsOf(output, code);
    results.push({ name, counts, seconds: Math.round((Date.now() - began) / 1000) });
    return code === 0 ? output : undefined;
  };
  /**
   * Machines that are emulated die now and then of their emulator (an oops in code the kernel has just patched). So a file
   * that failed is run once more, in machines of its own, and the failure is told at the end, whatever came of it.
   */
  const endToEnd = async (file: string) => {
    const name = `end-to-end: ${file}`;
    const command = [BUN, "test", "--timeout", "300000", `./test/e2e/${file}`];
    if ((await record(name, command, false, "whole")) !== undefined) return;
    const first = results.findIndex((result) => result.name === name);
    unsteady.push(...results.splice(first, 1));
    await record(name, command, false, "whole");
  };
  const prepared =
    (await record("npm packages", [BUN, "install", "--frozen-lockfile"], true)) !== undefined &&
    (await record("Debian packages", [BUN, "test/rig/prepare.ts"], true)) !== undefined;
  if (prepared) {
    for (const check of checks()) {
      if (only.length > 0 && !only.some((word) => check.name.includes(word))) continue;
      await record(check.name, check.command, check.whole);
    }
    if (only.length === 0 || only.some((word) => "end-to-end".includes(word))) {
      const built = await record("the appliance", [BUN, "test/rig/prepare.ts", "appliance"], true);
      if (built !== undefined) {
        bootWhatWasBuilt(built);
        const files = endToEndTests();
        const one = async () => {
          for (let file = files.shift(); file !== undefined; file = files.shift()) await endToEnd(file);
        };
        await Promise.all([one(), one()]);
      }
    }
  }
  console.log("");
  for (const { name, counts, seconds } of results) {
    console.log(
      `${counts.failed === 0 ? "ok    " : "FAILED"} ${name}: ${counts.passed} passed, ${counts.failed} failed (${seconds} s)`,
    );
  }
  for (const { name, counts } of unsteady) {
    console.log(`UNSTEADY ${name}: at first ${counts.passed} passed, ${counts.failed} failed`);
  }
  const total = sum(results.map(({ counts }) => counts));
  process.exitCode = total.failed === 0 ? 0 : 1;
  console.log(`${total.passed} passed, ${total.failed} failed`);
}

await main();
