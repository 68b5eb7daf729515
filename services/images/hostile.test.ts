import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, pull } from "./fixtures/bench.ts";
import { layerOf, type MadeLayer, madeBlob, madeImage, madeIndex, madeLayer } from "./fixtures/made-image.ts";
import { refused } from "./fixtures/refused.ts";
import { RegistryServer } from "./fixtures/registry-server.ts";
import { makeTar, pax, type TarFile } from "./fixtures/tar.ts";

const NAME = "registry.test/app:1";
const INDEX = "application/vnd.oci.image.index.v1+json";
/** Everything the store may leave: nothing of what was refused lies in any of them. */
const FOLDERS = ["layers/sha256", "outlines/sha256", "images", "pulls", "partial", "temporary"];

/** Layers nobody needs, by what is wrong with them. */
const LAYERS: ReadonlyArray<readonly [files: readonly TarFile[], message: RegExp]> = [
  [[{ name: "../etc/passwd", content: "x" }], /leads out of the layer/],
  [[{ name: "a/../../etc/passwd", content: "x" }], /leads out of the layer/],
  [[pax({ path: "../long" }), { name: "x", content: "x" }], /leads out of the layer/],
  [[{ name: "a", type: "1", link: "../../etc/shadow" }], /leads out of the layer/],
  [
    [
      { name: "a", type: "2", link: "/etc" },
      { name: "a/passwd", content: "x" },
    ],
    /behind its symbolic link "a"/,
  ],
  [
    [
      { name: "a/", type: "5" },
      { name: "a", type: "2", link: "/" },
      { name: "a/b", content: "x" },
    ],
    /behind its symbolic/,
  ],
  [[{ name: "mem", type: "3", device: [1, 1] }], /"mem" is the character device 1:1/],
  [[{ name: "disk", type: "4", device: [8, 0] }], /"disk" is the block device 8:0/],
  [[{ name: "whiteout", type: "3", device: [0, 0] }], /"whiteout" is the character device 0:0/],
  [[pax({ path: "a/".repeat(300_000) }), { name: "x", type: "5" }], /a name in it has more than 4095 bytes/],
  [[pax({ path: "n".repeat(256) }), { name: "x", content: "x" }], /a part of more than 255 bytes/],
  [[pax({ linkpath: "n/".repeat(3000) }), { name: "x", type: "2" }], /a link's target in it has more than 4095/],
  [[pax({ path: "a\0b" }), { name: "x", content: "x" }], /holds a zero byte/],
  [[pax({ "SCHILY.xattr.user.big": "x".repeat(100_000) }), { name: "x" }], /extended attributes that are too large/],
  [[pax({ "SCHILY.xattr.trusted.overlay.redirect": "/x" }), { name: "x/", type: "5" }], /is overlayfs' own/],
  [[pax({ "LIBARCHIVE.xattr.trusted.overlay.opaque": "eQ" }), { name: "x/", type: "5" }], /is overlayfs' own/],
  [
    [pax({ "GNU.sparse.major": "1" }), { name: "x", content: "x" }],
    /"x" is a sparse file, and its size is no usable number/,
  ],
  [[pax({ "GNU.sparse.size": "9", "GNU.sparse.map": "5,5" }), { name: "x", content: "12345" }], /leads beyond its end/],
  [[{ name: "x", type: "S", content: "x" }], /its map does not fit what is stored of it/],
];

async function assertNothingLeft(bench: Bench, what: string): Promise<void> {
  for (const folder of FOLDERS) assert.deepEqual(await bench.names(folder), [], `${what}: ${folder}`);
}

test("a hostile layer is refused with what is wrong with it, and nothing is left behind", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const images = await bench.open(server);
  for (const [files, message] of LAYERS) {
    server.add("app:1", madeImage([madeLayer("harmless"), layerOf(makeTar(files), "gzip")]));
    const error = await refused(pull(images, NAME), "layer-invalid");
    assert.match(error.message, message);
    await images.collect([]);
    await assertNothingLeft(bench, String(message));
  }
});

test("what looks hostile and is not is taken", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const images = await bench.open(server);
  const harmless: readonly TarFile[] = [
    { name: "/absolute/name", content: "x" },
    { name: "round", type: "2", link: "round" },
    { name: "out", type: "2", link: "../../../etc/passwd" },
    { name: "dev/null", type: "3", device: [1, 3] },
    { name: "dev/console", type: "3", device: [5, 1] },
    { name: "pipe", type: "6" },
    { name: "old-directory/" },
    { name: "was-link", type: "2", link: "x" },
    { name: "was-link/", type: "5" },
    { name: "was-link/file", content: "x" },
    pax({ path: `${"d/".repeat(1000)}file`, "SCHILY.xattr.user.x": "y", "SCHILY.xattr.security.capability": "z" }),
    { name: "x", content: "x" },
    ...Array.from({ length: 5000 }, (_, index) => ({ name: "same", content: `${index}` })),
  ];
  server.add("app:1", madeImage([layerOf(makeTar(harmless), "gzip")]));
  assert.equal((await pull(images, NAME)).image.layers.length, 1);
});

/** A layer of zeros in so many MiB, which travels as a thousandth of that. */
function zeros(mebibytes: number, name: string): MadeLayer {
  return layerOf(makeTar([{ name, content: new Uint8Array(mebibytes * 1024 * 1024) }]), "gzip");
}

test("a bomb ends at what its image may unpack to, also when it is spread over layers", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create('cat > /dev/null; : > "$last"');
  const images = await bench.open(server, { unpackedBytes: 4 * 1024 * 1024, conversions: 1 });
  const hole = makeTar([pax({ "GNU.sparse.size": `${2 ** 45}`, "GNU.sparse.map": "" }), { name: "hole" }]);
  for (const layers of [[zeros(6, "one")], [zeros(3, "a"), zeros(3, "b")], [layerOf(hole, "gzip")]]) {
    server.add("app:1", madeImage(layers));
    const error = await refused(pull(images, NAME), "image-too-large");
    assert.match(error.message, /registry\.test\/app:1 unpacks to more than 4\.0 MiB/);
    await images.collect([]);
    await assertNothingLeft(bench, "bomb");
  }
  server.add("app:1", madeImage([zeros(3, "a"), madeLayer("random", "gzip", 3_000_000)]));
  await pull(images, NAME);
});

test("documents that lie about themselves, are endless or lead round in circles are refused", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const images = await bench.open(server);
  const image = madeImage([madeLayer("a")]);
  const nested = madeIndex([{ platform: "linux/amd64", image }]);
  server.addManifest(`app:${nested.digest}`, INDEX, nested);
  const outer = madeBlob({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [
      {
        mediaType: INDEX,
        digest: nested.digest,
        size: nested.bytes.length,
        platform: { os: "linux", architecture: "amd64" },
      },
    ],
  });
  server.addManifest("app:1", INDEX, outer);
  assert.match((await refused(pull(images, NAME), "manifest-invalid")).message, /index of indexes/);

  const huge = madeBlob(`{"os":"linux","padding":"${"x".repeat(5 * 1024 * 1024)}"}`);
  server.add("app:2", {
    ...image,
    config: huge,
    manifest: madeBlob(JSON.stringify(configOf(huge.digest, huge.bytes.length))),
  });
  assert.match(
    (await refused(pull(images, "registry.test/app:2"), "manifest-invalid")).message,
    /more than 4194304 bytes/,
  );

  const [layer] = image.layers;
  assert.ok(layer !== undefined);
  const short = { ...layer, blob: { digest: layer.blob.digest, bytes: layer.blob.bytes.subarray(0, -10) } };
  server.add("app:3", madeImage([short]));
  await refused(pull(images, "registry.test/app:3"), "digest-mismatch");
  await images.collect([]);
  await assertNothingLeft(bench, "documents");
});

function configOf(digest: string, size: number): object {
  return {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest, size },
    layers: [],
  };
}

test("an archive for import is held to the same", async () => {
  await using bench = await Bench.create();
  const images = await bench.open();
  const signal = new AbortController().signal;
  const layout = (files: readonly TarFile[]) => new Blob([makeTar(files).slice()]).stream();
  const cases: ReadonlyArray<readonly [files: readonly TarFile[], message: RegExp]> = [
    [[{ name: "../x", content: "x" }], /leads out of the archive/],
    [[{ name: "/x", content: "x" }], /leads out of the archive/],
    [[{ name: "x", type: "1", link: "../../etc/shadow" }], /leads out of the archive/],
    [[{ name: "index.json", type: "2", link: "index.json" }], /neither index.json nor manifest.json/],
    [[{ name: "x", type: "4", device: [8, 0] }], /neither a file nor a directory nor a link/],
    [[{ name: "index.json", content: "x".repeat(5 * 1024 * 1024) }], /more than 4194304 bytes/],
    [
      Array.from({ length: 10_001 }, (_, index) => ({ name: `f${index}`, type: "1", link: "f" })),
      /more than 10000 files/,
    ],
  ];
  for (const [files, message] of cases) {
    assert.match((await refused(images.import(layout(files), { signal }), "archive-invalid")).message, message);
    await assertNothingLeft(bench, String(message));
  }
});
