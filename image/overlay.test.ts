import assert from "node:assert/strict";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { layOver } from "./overlay.ts";

const folder = mkdtempSync(join(tmpdir(), "berth-overlay-"));
after(() => rmSync(folder, { recursive: true }));

test("files are replaced without touching what they were linked to", () => {
  const [base, tree, overlay] = ["base", "tree", "overlay"].map((name) => join(folder, name));
  assert.ok(base && tree && overlay);
  for (const path of [base, join(tree, "etc"), join(overlay, "etc/new")]) mkdirSync(path, { recursive: true });
  writeFileSync(join(base, "fstab"), "base");
  linkSync(join(base, "fstab"), join(tree, "etc/fstab"));
  writeFileSync(join(overlay, "etc/fstab"), "overlay", { mode: 0o600 });
  writeFileSync(join(overlay, "etc/new/hook"), "#!/bin/sh\n");
  chmodSync(join(overlay, "etc/new/hook"), 0o700);
  symlinkSync("/dev/null", join(overlay, "etc/masked"));

  layOver(tree, overlay);

  assert.equal(readFileSync(join(base, "fstab"), "utf8"), "base");
  assert.equal(readFileSync(join(tree, "etc/fstab"), "utf8"), "overlay");
  assert.equal(statSync(join(tree, "etc/fstab")).mode & 0o777, 0o644);
  assert.equal(statSync(join(tree, "etc/new/hook")).mode & 0o777, 0o755);
  assert.equal(readlinkSync(join(tree, "etc/masked")), "/dev/null");
});
