import assert from "node:assert/strict";
import { chmod, chown, mkdir, mkdtemp, readdir, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fillVolume } from "./volumes.ts";

const ACCOUNT = { uid: 70, gid: 71 };
let base = "";
let root = "";
let folder = "";

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "fill-"));
  root = join(base, "root");
  folder = join(base, "volume");
  await mkdir(join(root, "data/sub"), { recursive: true });
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(root, "data/sub/file"), "text");
  await chown(join(root, "data/sub/file"), 33, 34);
  await symlink("/etc/shadow", join(root, "data/link"));
  await chown(join(root, "data"), 33, 34);
  await chmod(join(root, "data"), 0o2750);
});

afterEach(() => rm(base, { recursive: true }));

async function ownerOf(path: string): Promise<[number, number, number]> {
  const { uid, gid, mode } = await stat(path);
  return [uid, gid, mode & 0o7777];
}

test("a new volume begins with what the image has at its place, links as links", async () => {
  await fillVolume(folder, { destination: "/data", inImage: true, copy: true }, root, ACCOUNT);
  assert.deepEqual((await readdir(folder)).sort(), ["link", "sub"]);
  assert.equal(await readlink(join(folder, "link")), "/etc/shadow");
  assert.deepEqual(await ownerOf(folder), [33, 34, 0o2750]);
  assert.deepEqual((await ownerOf(join(folder, "sub/file"))).slice(0, 2), [33, 34]);
});

test("without copy it has the owner and mode of the image's directory alone", async () => {
  await fillVolume(folder, { destination: "/data", inImage: true, copy: false }, root, ACCOUNT);
  assert.deepEqual(await readdir(folder), []);
  assert.deepEqual(await ownerOf(folder), [33, 34, 0o2750]);
});

test("where the image has nothing it belongs to the workload's account", async () => {
  await mkdir(join(root, "made-to-mount-on"));
  await fillVolume(folder, { destination: "/made-to-mount-on", inImage: false, copy: true }, root, ACCOUNT);
  assert.deepEqual(await ownerOf(folder), [70, 71, 0o755]);
});
