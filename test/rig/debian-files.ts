import { ARCHITECTURES, type Architecture } from "../../image/architecture.ts";
import { run } from "../../image/command.ts";

const EXCLUDES = [
  "/usr/share/doc/*",
  "/usr/share/info/*",
  "/usr/share/locale/*",
  "/usr/share/man/*",
  "/usr/lib/systemd/*",
];

/**
 * Unpacks Debian's packages, and what they need, into a folder. They are not configured, which leaves out all that only
 * an installer needs, and takes no emulation of another architecture.
 */
export async function unpackDebian(packages: readonly string[], arch: Architecture, tree: string): Promise<void> {
  await run([
    "mmdebstrap",
    "--mode=root",
    "--variant=extract",
    "--skip=check/qemu",
    `--architectures=${ARCHITECTURES[arch].debian}`,
    `--include=${packages.join(",")}`,
    ...EXCLUDES.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    "trixie",
    tree,
  ]);
}
