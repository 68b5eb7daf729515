import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Base } from "../../image/base/base.ts";
import { run } from "../../image/command.ts";
import { buildLayout } from "./oci-layout.ts";

/** Builds the busybox image from the base's static busybox. */
export async function buildBusybox(base: Base, layout: string): Promise<void> {
  const tree = `${layout}.tree`;
  for (const folder of ["bin", "etc", "root", "tmp"]) {
    mkdirSync(join(tree, folder), { recursive: true });
  }
  chmodSync(join(tree, "tmp"), 0o1777);
  const busybox = join(tree, "bin/busybox");
  copyFileSync(join(base.tree, "usr/bin/busybox"), busybox);
  chmodSync(busybox, 0o755);
  for (const applet of (await run([busybox, "--list"])).trim().split("\n")) {
    if (applet !== "busybox") symlinkSync("busybox", join(tree, "bin", applet));
  }
  writeFileSync(join(tree, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n");
  writeFileSync(join(tree, "etc/group"), "root:x:0:\nnogroup:x:65534:\n");
  await buildLayout(
    layout,
    [tree],
    [
      ["config.cmd", "/bin/sh"],
      ["config.env", "PATH=/bin"],
      ["config.workingdir", "/"],
    ],
  );
  rmSync(tree, { recursive: true });
}
