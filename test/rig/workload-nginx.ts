import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Architecture } from "../../image/architecture.ts";
import { run } from "../../image/command.ts";
import { unpackDebian } from "./debian-files.ts";
import { buildLayout } from "./oci-layout.ts";

/** nginx and what people expect in a container: a shell and the usual tools. */
const PACKAGES = ["base-files", "coreutils", "dash", "grep", "libc-bin", "nginx", "procps"];

/**
 * Builds the nginx image: Debian's packages in one layer, configuration and page in another.
 */
export async function buildNginx(fixture: string, arch: Architecture, layout: string): Promise<void> {
  const tree = `${layout}.tree`;
  const top = `${layout}.top`;
  await unpackDebian(PACKAGES, arch, tree);
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
    // Not every architecture has a lib64.
    if (!existsSync(join(tree, target))) continue;
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
    arch,
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
