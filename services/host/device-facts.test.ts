import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir, uptime } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { readDeviceFacts } from "./device-facts.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "berth-facts-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

test("the facts come from the image, the kernel and the disk", async () => {
  const image = { version: "1.2.3", board: "qemu", base: "debian", architecture: "arm64" };
  write("/usr/lib/berth/release.json", JSON.stringify({ ...image, builtAt: "some day" }));
  write("/proc/sys/kernel/random/boot_id", "7f0c4f4e-55a5-4d9c-8d9c-0f6f6d1b2c3d\n");
  write("/proc/stat", "cpu  1 2 3\nintr 5\nbtime 1700000000\nprocesses 9\n");
  const { facts, problems } = await readDeviceFacts({ root, data: root });
  const { storage, ...rest } = facts;
  assert.deepEqual(problems, []);
  assert.deepEqual(rest, {
    ...image,
    kernel: release(),
    bootId: "7f0c4f4e-55a5-4d9c-8d9c-0f6f6d1b2c3d",
    bootedAt: "2023-11-14T22:13:20.000Z",
  });
  assert.ok(storage.total > storage.free && storage.free > 0);
});

test("what cannot be read is a problem that names the file, and the rest is there", async () => {
  write("/usr/lib/berth/release.json", '{"version": "1.2');
  write("/proc/sys/kernel/random/boot_id", "abc\n");
  const { facts, problems } = await readDeviceFacts({ root, data: join(root, "data") });
  assert.deepEqual([facts.version, facts.bootId, facts.storage.total], ["unknown", "abc", 0]);
  assert.deepEqual(
    problems.map(({ code, field }) => [code, field]),
    [
      ["device-fact-unreadable", "/usr/lib/berth/release.json"],
      ["device-fact-unreadable", "/proc/stat"],
      ["device-fact-unreadable", join(root, "data")],
    ],
  );
});

test("this machine's own time of boot is found", async () => {
  const { facts } = await readDeviceFacts({ data: tmpdir() });
  assert.match(facts.bootId, /^[0-9a-f-]{36}$/);
  const expected = Date.now() - uptime() * 1000;
  assert.ok(Math.abs(new Date(facts.bootedAt).getTime() - expected) < 3_600_000);
});
