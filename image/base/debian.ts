import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../command.ts";
import { textDigest } from "../digest.ts";
import { readList } from "../list-file.ts";
import { BUILD } from "../paths.ts";
import type { Progress } from "../progress.ts";
import type { Base } from "./base.ts";

const SUITE = "trixie";
const ARCH = "amd64";
const DATA = join(import.meta.dir, "debian");
const BASES = join(BUILD, "base");

/** Lays down the Debian base, or finds the one that was built from the same lists and script. */
export async function debianBase(progress: Progress): Promise<Base> {
  const packages = readList(join(DATA, "packages.txt"));
  const excludes = readList(join(DATA, "exclude.txt"));
  const script = readFileSync(import.meta.path, "utf8");
  const key = textDigest(script, packages.join("\n"), excludes.join("\n")).slice(0, 16);
  const tree = join(BASES, `debian-${ARCH}-${key}`);
  const title = `Debian ${SUITE} base (${packages.length} packages and what they need)`;
  if (existsSync(tree)) progress.skip(title, "built already");
  else await progress.step(title, () => build(tree, packages, excludes));
  return describe(tree, key);
}

async function build(tree: string, packages: string[], excludes: string[]): Promise<void> {
  // A run that was cut short leaves only this, which no later run takes for a base.
  const partial = `${tree}.partial`;
  const log = `${tree}.log`;
  rmSync(partial, { recursive: true, force: true });
  rmSync(log, { force: true });
  mkdirSync(BASES, { recursive: true });
  const argv = [
    "mmdebstrap",
    "--mode=root",
    "--variant=minbase",
    `--architectures=${ARCH}`,
    `--include=${packages.join(",")}`,
    "--dpkgopt=force-unsafe-io",
    ...excludes.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    ...(await aptProxy()),
    SUITE,
    partial,
  ];
  // The initrd is ours (image/initrd), so the kernel package need not spend time on its own.
  await run(argv, { log, env: { INITRD: "No" } });
  renameSync(partial, tree);
}

/** mmdebstrap does not read the host's apt configuration; a proxy set there is passed on. */
async function aptProxy(): Promise<string[]> {
  const settings = await run(["apt-config", "dump", "--format", "%f %v%n", "Acquire::http::Proxy"]);
  const [, proxy] = settings.trim().split(" ");
  return proxy ? [`--aptopt=Acquire::http::Proxy "${proxy}"`] : [];
}

function describe(tree: string, key: string): Base {
  const [kernelRelease, ...others] = readdirSync(join(tree, "usr/lib/modules"));
  if (kernelRelease === undefined || others.length > 0) {
    throw new Error(`${tree}: one kernel expected, found ${others.length + (kernelRelease ? 1 : 0)}`);
  }
  const kernel = join(tree, "boot", `vmlinuz-${kernelRelease}`);
  return { name: "debian", arch: ARCH, key, tree, kernelRelease, kernel };
}
