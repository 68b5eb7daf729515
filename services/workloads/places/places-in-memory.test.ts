import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { WorkloadInput } from "../../model/workload.ts";
import { manifestOf } from "../fixtures/manifest.ts";
import { memoryAt, placesInMemory } from "./places-in-memory.ts";

const declared = { Volumes: { "/var/lib/data/": {}, "/tmp": {}, "/": {} } };

function pathsOf(manifest: Partial<WorkloadInput>): string[] {
  return placesInMemory(manifestOf(manifest), declared).map(({ path }) => path);
}

test("a read-only root can be written where programs take it for granted", () => {
  assert.deepEqual(pathsOf({}), ["/run", "/tmp", "/var/tmp"]);
});

test("with no volumes for what the image declares, that can be written in memory", () => {
  assert.deepEqual(pathsOf({ imageVolumes: "none" }), ["/run", "/tmp", "/var/tmp", "/var/lib/data"]);
});

test("a writable root needs none of them", () => {
  assert.deepEqual(pathsOf({ root: "ephemeral" }), []);
});

test("what the manifest mounts, and what is below it, is the manifest's", () => {
  const volumes = [{ name: "var", path: "/var" }];
  assert.deepEqual(pathsOf({ tmpfs: [{ path: "/tmp" }], volumes, imageVolumes: "none" }), ["/run"]);
});

test("a place is like the image's directory there, by the workload's own ids", async () => {
  const root = mkdtempSync(join(tmpdir(), "places-"));
  try {
    for (const name of ["data", "tmp"]) mkdirSync(join(root, name));
    chmodSync(join(root, "data"), 0o2750);
    chownSync(join(root, "data"), 655_360 + 33, 655_360 + 34);
    const from = { path: root, firstId: 655_360 };
    const at = (destination: string, inImage: boolean, mode?: string) => memoryAt({ destination, inImage }, mode, from);
    assert.deepEqual(await at("/data", true), { kind: "memory", mode: "2750", uid: 33, gid: 34 });
    assert.deepEqual(await at("/tmp", true, "1777"), { kind: "memory", mode: "1777", uid: 0, gid: 0 });
    // Made to be mounted on: nobody's wish.
    assert.deepEqual(await at("/data", false), { kind: "memory", mode: "755", uid: 0, gid: 0 });
  } finally {
    rmSync(root, { recursive: true });
  }
});
