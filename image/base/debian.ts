import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ARCHITECTURES, type Architecture } from "../architecture.ts";
import { run } from "../command.ts";
import { textDigest } from "../digest.ts";
import { withLibraries } from "../elf.ts";
import { readList } from "../list-file.ts";
import { BUILD } from "../paths.ts";
import type { Progress } from "../progress.ts";
import type { Base } from "./base.ts";
import { makeBootLoader } from "./boot-loader.ts";

const SUITE = "trixie";
const ARCH: Architecture = "x86_64";
const BOARD = "x86_64-uefi";
const DATA = join(import.meta.dir, "debian");
const BASES = join(BUILD, "base");
/** Where Debian has the libraries of this architecture. */
const LIBRARIES = "usr/lib/x86_64-linux-gnu";

/** A base with more in it than the appliance needs, under a name of its own: what benchmarks measure beside it. */
export interface Variant {
  readonly name: string;
  readonly packages: readonly string[];
}

/** The Debian base, whose programs run on this host. */
export interface DebianBase extends Base {
  /** How the device's QEMU is run on this host. */
  readonly qemu: readonly string[];
}

/** Lays down the Debian base, or finds the one that was built from the same lists and script. */
export async function debianBase(progress: Progress, variant?: Variant): Promise<DebianBase> {
  const packages = [...readList(join(DATA, "packages.txt")), ...(variant?.packages ?? [])];
  const excludes = readList(join(DATA, "exclude.txt"));
  const script = readFileSync(import.meta.path, "utf8");
  const key = textDigest(script, packages.join("\n"), excludes.join("\n")).slice(0, 16);
  const tree = join(BASES, `debian-${ARCHITECTURES[ARCH].debian}-${key}`);
  const title = `Debian ${SUITE} base (${packages.length} packages and what they need)`;
  if (existsSync(tree)) progress.skip(title, "built already");
  else await progress.step(title, () => build(tree, packages, excludes));
  return { ...(await describe(tree, key)), ...(variant === undefined ? {} : { name: `debian-${variant.name}` }) };
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
    `--architectures=${ARCHITECTURES[ARCH].debian}`,
    `--include=${packages.join(",")}`,
    "--dpkgopt=force-unsafe-io",
    ...excludes.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    // A release says what its packages' licences are; the device does not (strip.txt).
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
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

async function describe(tree: string, key: string): Promise<DebianBase> {
  const [kernelRelease, ...others] = readdirSync(join(tree, "usr/lib/modules"));
  if (kernelRelease === undefined || others.length > 0) {
    throw new Error(`${tree}: one kernel expected, found ${others.length + (kernelRelease ? 1 : 0)}`);
  }
  const mkimage = [
    ...inTree(tree, "usr/bin/grub-mkimage"),
    `--directory=${join(tree, "usr/lib/grub", grubPlatform())}`,
  ];
  return {
    name: "debian",
    arch: ARCH,
    board: BOARD,
    key,
    tree,
    strip: readList(join(DATA, "strip.txt")),
    kernel: join(tree, "boot", `vmlinuz-${kernelRelease}`),
    initrd: {
      modules: join(tree, "usr/lib/modules", kernelRelease),
      busybox: join(tree, "usr/bin/busybox"),
      programs: withLibraries(tree, ["/usr/sbin/dmsetup", "/usr/sbin/findfs"]),
    },
    guest: {
      kernel: join(tree, "boot", `vmlinuz-${kernelRelease}`),
      init: undefined,
      programs: withLibraries(tree, ["/usr/bin/crun"]),
      tini: "/usr/bin/tini-static",
      modules: join(tree, "usr/lib/modules", kernelRelease),
    },
    bootLoader: await makeBootLoader(ARCH, mkimage),
    mkfsErofs: inTree(tree, "usr/bin/mkfs.erofs"),
    qemu: [
      ...inTree(tree, "usr/bin/qemu-system-x86_64"),
      ...["qemu", "seabios"].flatMap((name) => ["-L", join(tree, "usr/share", name)]),
    ],
    sysusers: inTree(tree, "usr/bin/systemd-sysusers"),
  };
}

function grubPlatform(): string {
  return ARCHITECTURES[ARCH].grubPlatform;
}

/** How a program of the tree is run on this host: by its own loader with its own libraries, whatever the host has. */
function inTree(tree: string, program: string): string[] {
  const libraries = [LIBRARIES, join(LIBRARIES, "systemd")].map((folder) => join(tree, folder));
  return [join(tree, "usr/lib64/ld-linux-x86-64.so.2"), "--library-path", libraries.join(":"), join(tree, program)];
}
