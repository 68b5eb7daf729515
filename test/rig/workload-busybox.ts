import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Architecture } from "../../image/architecture.ts";
import type { Base } from "../../image/base/base.ts";
import { run } from "../../image/command.ts";
import { unpackDebian } from "./debian-files.ts";
import { buildLayout } from "./oci-layout.ts";

/** Builds the busybox image from Debian's static busybox: the base's, or for another architecture its own. */
export async function buildBusybox(base: Base, arch: Architecture, layout: string): Promise<void> {
  const tree = `${layout}.tree`;
  for (const folder of ["bin", "etc", "root", "tmp"]) {
    mkdirSync(join(tree, folder), { recursive: true });
  }
  chmodSync(join(tree, "tmp"), 0o1777);
  const busybox = join(tree, "bin/busybox");
  const own = join(base.tree, "usr/bin/busybox");
  if (arch === base.arch) {
    copyFileSync(own, busybox);
  } else {
    const packages = `${layout}.packages`;
    await unpackDebian(["busybox-static"], arch, packages);
    copyFileSync(join(packages, "usr/bin/busybox"), busybox);
    rmSync(packages, { recursive: true });
  }
  chmodSync(busybox, 0o755);
  // Of the one that runs here: the other is the same version.
  for (const applet of (await run([own, "--list"])).trim().split("\n")) {
    if (applet !== "busybox") symlinkSync("busybox", join(tree, "bin", applet));
  }
  writeFileSync(join(tree, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n");
  writeFileSync(join(tree, "etc/group"), "root:x:0:\nnogroup:x:65534:\n");
  await buildLayout(
    layout,
    arch,
    [tree],
    [
      ["config.cmd", "/bin/sh"],
      ["config.env", "PATH=/bin"],
      ["config.workingdir", "/"],
    ],
  );
  rmSync(tree, { recursive: true });
}
