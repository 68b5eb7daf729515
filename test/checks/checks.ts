import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { neutralTests } from "./neutral.ts";

const PROJECT = join(import.meta.dirname, "../..");
const BUN = process.execPath;
const BIN = join(PROJECT, "node_modules/.bin");

/** One check of the project: a command that ends well or does not. */
export interface Check {
  readonly name: string;
  readonly command: readonly string[];
  /** A check that passes or fails as one; otherwise its printed test counts are read. */
  readonly whole: boolean;
}

/** Every check that boots no machine. */
export function checks(): Check[] {
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
export function endToEndTests(): Check[] {
  const longest = ["life.test.ts", "microvm.test.ts", "workloads.test.ts", "surroundings.test.ts", "appliance.test.ts"];
  const files = readdirSync(join(PROJECT, "test/e2e")).filter((name) => name.endsWith(".test.ts"));
  return [...longest, ...files.filter((name) => !longest.includes(name))].map((file) => ({
    name: `end-to-end: ${file}`,
    command: [BUN, "test", "--timeout", "300000", `./test/e2e/${file}`],
    whole: false,
  }));
}

/** What must be there before the others can run. */
export const FIRST: readonly Check[] = [
  { name: "npm packages", command: [BUN, "install", "--frozen-lockfile"], whole: true },
  { name: "Debian packages", command: [BUN, "test/rig/prepare.ts"], whole: true },
];

/** Builds what the end-to-end tests boot. */
export const APPLIANCE: Check = {
  name: "the appliance",
  command: [BUN, "test/rig/prepare.ts", "appliance"],
  whole: true,
};

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
