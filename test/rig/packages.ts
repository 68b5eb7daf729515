import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../image/command.ts";
import { readList } from "../../image/list-file.ts";
import type { Progress } from "../../image/progress.ts";

/** What the demo needs, what only the tests need beside it, what it takes to run an image for aarch64, and what is measured beside Berth. */
const LISTS = {
  demo: ["packages.txt"],
  tests: ["packages.txt", "packages-tests.txt"],
  aarch64: ["packages.txt", "packages-tests.txt", "packages-aarch64.txt"],
  bench: ["packages.txt", "packages-bench.txt"],
} as const;
const POLICY = "/usr/sbin/policy-rc.d";

/** Installs the Debian packages that are missing on this host; does nothing when all are there. */
export async function installPackages(progress: Progress, purpose: keyof typeof LISTS): Promise<void> {
  const names = LISTS[purpose].flatMap((list) => readList(join(import.meta.dir, list)));
  const missing = await missingPackages(names);
  if (missing.length === 0) {
    progress.skip("Debian packages", "all installed");
    return;
  }
  if (process.getuid?.() !== 0) {
    throw new Error(`Run as root, or install these yourself: apt-get install ${missing.join(" ")}`);
  }
  await progress.step("Debian package lists", () => apt("update"));
  await progress.step(`Debian packages: ${missing.join(" ")}`, () =>
    withoutServices(() => apt("install", "--yes", "--no-install-recommends", ...missing)),
  );
}

/** Those of `names` that are not installed. */
async function missingPackages(names: readonly string[]): Promise<string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholders
  const format = "${binary:Package} ${db:Status-Status}\\n";
  let table: string;
  try {
    table = await run(["dpkg-query", "--show", `--showformat=${format}`]);
  } catch {
    throw new Error("Not a Debian system: dpkg-query does not run");
  }
  return missingFrom(table, names);
}

/** Reads dpkg's table of packages (name, status): what of `names` is not in it as installed. */
export function missingFrom(table: string, names: readonly string[]): string[] {
  const installed = new Set<string>();
  for (const line of table.split("\n")) {
    const [name = "", status] = line.split(" ");
    if (status === "installed") installed.add(name.replace(/:.*$/u, ""));
  }
  return names.filter((name) => !installed.has(name));
}

async function apt(...argv: string[]): Promise<void> {
  await run(["apt-get", "--quiet", ...argv], { env: { DEBIAN_FRONTEND: "noninteractive" } });
}

/** Keeps packages such as mosquitto from starting a service of their own, which nobody asked for. */
async function withoutServices(install: () => Promise<void>): Promise<void> {
  const ours = !existsSync(POLICY);
  if (ours) writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await install();
  } finally {
    if (ours) rmSync(POLICY, { force: true });
  }
}
