import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../image/command.ts";
import { buildLayout } from "./oci-layout.ts";

/** nginx and what people expect in a container: a shell and the usual tools. */
const PACKAGES = ["base-files", "coreutils", "dash", "grep", "libc-bin", "nginx", "procps"];

const EXCLUDES = [
  "/usr/share/doc/*",
  "/usr/share/info/*",
  "/usr/share/locale/*",
  "/usr/share/man/*",
  "/usr/lib/systemd/*",
];

/**
 * Builds the nginx image: Debian's packages in one layer, configuration and page in another. The
 * packages are unpacked, not configured, which leaves out all that only an installer needs.
 */
export async function buildNginx(fixture: string, layout: string): Promise<void> {
  const tree = `${layout}.tree`;
  const top = `${layout}.top`;
  await run([
    "mmdebstrap",
    "--mode=root",
    "--variant=extract",
    `--include=${PACKAGES.join(",")}`,
    ...EXCLUDES.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    "trixie",
    tree,
  ]);
  for (const folder of ["dev", "proc", "sys", "run", "var/lib/apt", "var/lib/dpkg", "var/cache"]) {
    rmSync(join(tree, folder), { recursive: true, force: true });
    mkdirSync(join(tree, folder), { recursive: true });
  }
  for (const [name, target] of [
    ["bin", "usr/bin"],
    ["sbin", "usr/sbin"],
    ["lib", "usr/lib"],
    ["lib64", "usr/lib64"],
  ] as const) {
    rmSync(join(tree, name), { recursive: true, force: true });
    symlinkSync(target, join(tree, name));
  }
  // dash's postinst would do this.
  rmSync(join(tree, "usr/bin/sh"), { force: true });
  symlinkSync("dash", join(tree, "usr/bin/sh"));
  cpSync(fixture, top, { recursive: true });
  await run(["chmod", "-R", "u=rwX,go=rX", top]);
  mkdirSync(join(top, "tmp"));
  chmodSync(join(top, "tmp"), 0o1777);
  await buildLayout(
    layout,
    [tree, top],
    [
      ["config.entrypoint", "nginx"],
      ["config.entrypoint", "-g"],
      ["config.entrypoint", "daemon off;"],
      ["config.env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
      ["config.exposedports", "80/tcp"],
      ["config.stopsignal", "SIGQUIT"],
    ],
  );
  rmSync(tree, { recursive: true });
  rmSync(top, { recursive: true });
}
