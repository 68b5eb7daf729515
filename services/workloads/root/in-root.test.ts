import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readInRoot, resolveInRoot } from "./in-root.ts";

let outside = "";
let root = "";

before(async () => {
  outside = await mkdtemp(join(tmpdir(), "in-root-"));
  root = join(outside, "root");
  await mkdir(join(root, "etc"), { recursive: true });
  await mkdir(join(root, "run/lock"), { recursive: true });
  await mkdir(join(root, "var"));
  await writeFile(join(outside, "secret"), "secret");
  await writeFile(join(root, "etc/real"), "inside");
  await symlink("/run", join(root, "var/run"));
  await symlink("/etc/real", join(root, "etc/passwd"));
  await symlink("../../../../secret", join(root, "etc/escape"));
  await symlink("loop", join(root, "etc/loop"));
});

after(() => rm(outside, { recursive: true }));

test("links lead where they lead inside the image", () => {
  assert.deepEqual(resolveInRoot(root, "/var/run/lock"), { path: "/run/lock", existing: "/run/lock" });
  assert.equal(readInRoot(root, "/etc/passwd"), "inside");
});

test("what is missing is named with the deepest directory that is there", () => {
  assert.deepEqual(resolveInRoot(root, "/var/run/nginx/cache"), { path: "/run/nginx/cache", existing: "/run" });
});

test("no link leads out of the image", () => {
  assert.deepEqual(resolveInRoot(root, "/etc/escape"), { path: "/secret", existing: "/" });
  assert.equal(readInRoot(root, "/etc/escape"), "");
  assert.equal(resolveInRoot(root, "/../../etc/real").path, "/etc/real");
});

test("a loop of links ends with an error", () => {
  assert.throws(() => resolveInRoot(root, "/etc/loop/x"), /too many links/);
});
