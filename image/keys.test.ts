import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { makeKeys } from "../services/keys/make-keys.ts";
import { buildKeys } from "./keys.ts";

let directory: string;
before(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-build-keys-"));
  for (const set of ["ours", "theirs"]) await makeKeys({ directory: join(directory, set), days: 1 });
});
after(() => rmSync(directory, { recursive: true }));

test("RAUC signs a bundle with the keys and accepts it by the authority alone, by either of its checks", async () => {
  const [ours, theirs] = [await buildKeys(join(directory, "ours")), await buildKeys(join(directory, "theirs"))];
  const content = join(directory, "content");
  mkdirSync(content);
  // RAUC refuses a bundle of a single block.
  writeFileSync(join(content, "rootfs.img"), randomBytes(20_000));
  const manifest =
    "[update]\ncompatible=berth-test\nversion=1\n[bundle]\nformat=verity\n[image.rootfs]\nfilename=rootfs.img\n";
  writeFileSync(join(content, "manifest.raucm"), manifest);
  const bundle = join(directory, "bundle.raucb");
  const signing = [`--cert=${ours.certificate}`, `--key=${ours.key}`, `--keyring=${ours.ca}`];
  execFileSync("rauc", [...signing, "bundle", content, bundle], { stdio: "ignore" });
  const info = (...options: string[]) => spawnSync("rauc", [...options, "info", bundle], { encoding: "utf8" });
  assert.match(info(`--keyring=${ours.ca}`).stdout, /Compatible:\s+'berth-test'/);
  assert.notEqual(info(`--keyring=${theirs.ca}`).status, 0);
  const system = join(directory, "system.conf");
  const config = `[system]\ncompatible=berth-test\nbootloader=noop\n[keyring]\npath=${ours.ca}\ncheck-purpose=codesign\n`;
  writeFileSync(system, `${config}[slot.rootfs.0]\ndevice=/dev/null\n`);
  const strict = info(`--conf=${system}`);
  assert.equal(strict.status, 0, strict.stderr);
});

test("a set that lacks a file is refused by the file's name", async () => {
  rmSync((await buildKeys(join(directory, "theirs"))).releaseKey);
  await assert.rejects(buildKeys(join(directory, "theirs")), /release\.key\.pem is not there; .*berth keys init/);
  await assert.rejects(buildKeys(join(directory, "nowhere")), /is not there/);
});
