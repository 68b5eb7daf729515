import assert from "node:assert/strict";
import { test } from "node:test";
import { rootScript } from "../container/scripts.ts";
import { ENGINE_PATHS as engine, workloadPaths } from "../instance/paths.ts";
import { parseMountTable } from "../kernel/mount-table.ts";
import { layerMounts, lowerDirectories } from "./layer-mounts.ts";

const digest = (character: string) => `sha256:${character.repeat(64)}`;
function image(...characters: string[]) {
  return {
    reference: "docker.io/library/x:1",
    digest: digest("0"),
    architecture: "amd64",
    layers: characters.map((character) => ({ diffId: digest(character), size: 1 })),
    config: {},
  };
}

test("the top layer comes first, and nothing but an empty directory is below the lowest", () => {
  const mounts = layerMounts(image("a", "b"), ["/i/a.erofs", "/i/b.erofs"]);
  assert.deepEqual(
    mounts.map(({ file }) => file),
    ["/i/b.erofs", "/i/a.erofs"],
  );
  const names = mounts.map(({ name }) => name);
  assert.deepEqual(lowerDirectories(engine, names), [
    `/run/berth/l/${"b".repeat(16)}`,
    `/run/berth/l/${"a".repeat(16)}`,
    "/run/berth/l/empty",
  ]);
  assert.deepEqual(lowerDirectories(engine, names, 524_288), [
    "/run/berth/i/524288/0",
    "/run/berth/i/524288/1",
    "/run/berth/l/empty",
  ]);
});

test("a layer that is there twice counts where it is higher", () => {
  const mounts = layerMounts(image("a", "b", "a"), ["/i/a", "/i/b", "/i/a"]);
  assert.deepEqual(
    mounts.map(({ file }) => file),
    ["/i/a", "/i/b"],
  );
});

test("the layers of a root that can be written to fit the page that mount options have", () => {
  for (const [count, first] of [
    [230, undefined],
    [490, 1_879_048_192],
  ] as const) {
    const names = Array.from({ length: count }, (_, index) => index.toString(16).padStart(16, "0"));
    const layers = lowerDirectories(engine, names, first);
    const script = rootScript({ paths: workloadPaths(engine, "web"), layers, owner: 0, setuid: false });
    const [, options = ""] = /-o '(\S+)' berth/.exec(script) ?? [];
    assert.ok(options.length > 2 * count && options.length < 4096, `${options.length}`);
  }
});

test("a layer without its file is an error, not a hole", () => {
  assert.throws(() => layerMounts(image("a", "b"), ["/i/a"]));
});

test("reads the kernel's table of mounts", () => {
  const table = `36 29 0:32 / /run/berth/l/abc ro,nosuid,nodev - erofs /data/berth/images/a\\040b.erofs ro,user_xattr
37 29 0:33 / /run/x rw shared:5 master:1 - overlay berth rw,lowerdir=/a:/b
`;
  assert.deepEqual(parseMountTable(table), [
    { target: "/run/berth/l/abc", type: "erofs", source: "/data/berth/images/a b.erofs" },
    { target: "/run/x", type: "overlay", source: "berth" },
  ]);
});
