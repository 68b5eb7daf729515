import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AnyVolumeName } from "../../model/names.ts";
import { ReasonError } from "../../model/reason.ts";
import { manifestOf } from "../fixtures/manifest.ts";
import { imageVolumeName, placesOf, settlePlaces } from "./places.ts";

let root = "";

before(async () => {
  root = await mkdtemp(join(tmpdir(), "places-"));
  await mkdir(join(root, "run"));
  await mkdir(join(root, "var/lib"), { recursive: true });
  await symlink("/run", join(root, "var/run"));
});

after(() => rm(root, { recursive: true }));

test("a VOLUME of the image gets a volume of the workload's own, unless told otherwise", () => {
  const config = { Volumes: { "/var/lib/data/": {}, "/cache": {} } };
  const volumes = (input: Parameters<typeof manifestOf>[0]) =>
    placesOf(manifestOf(input), config).flatMap(({ content }) => (content.kind === "volume" ? [content.volume] : []));
  assert.deepEqual(volumes({}), ["web.var-lib-data", "web.cache"]);
  assert.deepEqual(volumes({ imageVolumes: "none" }), []);
});

test("what the manifest has at a folder serves the image's volumes below it, too", () => {
  const config = { Volumes: { "/var/lib/data": {}, "/var/library": {} } };
  const places = placesOf(manifestOf({ volumes: [{ name: "db", path: "/var/lib" }] }), config);
  assert.deepEqual(
    places.map(({ path }) => path),
    ["/var/lib", "/var/library"],
  );
});

test("what no volume can be mounted on is passed over", () => {
  const config = { Volumes: { "/": {}, "/proc": {}, "/dev/shm": {}, "/a/../../b": {}, "": {} } };
  assert.deepEqual(placesOf(manifestOf(), config), []);
});

test("volumes of different places have different names, each a volume's name", () => {
  const paths = ["/a/b", "/a-b", "/A/b", "/a_b", `/${"long/".repeat(30)}`, "/données", "/日本"];
  const names = paths.map((path) => imageVolumeName("web", path));
  assert.equal(new Set(names).size, paths.length);
  assert.equal(names[0], "web.a-b");
  for (const name of names) assert.equal(AnyVolumeName.safeParse(name).success, true, name);
});

test("places are where the image's links lead, parents first", () => {
  const manifest = manifestOf({
    tmpfs: [{ path: "/run/app/cache" }, { path: "/var/run" }],
    volumes: [{ name: "db", path: "/var/lib" }],
  });
  const settled = settlePlaces(root, placesOf(manifest, {}));
  assert.deepEqual(
    settled.map(({ destination, inImage }) => [destination, inImage]),
    [
      ["/run", true],
      ["/var/lib", true],
      ["/run/app/cache", false],
    ],
  );
});

test("two places that the image's links make one are refused at the second", () => {
  const manifest = manifestOf({ tmpfs: [{ path: "/run" }], volumes: [{ name: "db", path: "/var/run" }] });
  assert.throws(
    () => settlePlaces(root, placesOf(manifest, {})),
    (error) =>
      error instanceof ReasonError &&
      error.reason.code === "mount-conflict" &&
      error.reason.field === "volumes[0].path",
  );
  const image = placesOf(manifestOf({ tmpfs: [{ path: "/run" }] }), { Volumes: { "/var/run": {} } });
  assert.equal(settlePlaces(root, image).length, 1);
});
