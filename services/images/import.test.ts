import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench } from "./fixtures/bench.ts";
import { gzip, type MadeImage, madeImage, madeIndex, madeLayer } from "./fixtures/made-image.ts";
import { refused } from "./fixtures/refused.ts";
import { makeTar, pax, type TarFile } from "./fixtures/tar.ts";

const signal = new AbortController().signal;

/** An archive's bytes as they come in from a socket: in odd pieces. */
function stream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let position = 0;
  return new ReadableStream({
    pull(controller) {
      if (position >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(position, position + 777));
      position += 777;
    },
  });
}

function blobFile(blob: { digest: string; bytes: Uint8Array }): TarFile {
  return { name: `blobs/sha256/${blob.digest.slice(7)}`, content: blob.bytes };
}

function blobFiles(image: MadeImage): TarFile[] {
  return [image.manifest, image.config, ...image.layers.map(({ blob }) => blob)].map(blobFile);
}

function descriptor(image: MadeImage, annotations: Record<string, string> = {}): object {
  const { digest, bytes } = image.manifest;
  return { mediaType: image.manifestType, digest, size: bytes.length, annotations };
}

function layout(manifests: readonly object[], files: readonly TarFile[]): Uint8Array {
  return makeTar([
    { name: "./", type: "5" },
    { name: "./oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' },
    ...files,
    { name: "index.json", content: JSON.stringify({ schemaVersion: 2, manifests }) },
  ]);
}

const NAMED = { "org.opencontainers.image.ref.name": "registry.test/app:1" };

test("an OCI layout's image is imported under the name it has there", async () => {
  await using bench = await Bench.create();
  const images = await bench.open();
  const image = madeImage([madeLayer("a"), madeLayer("b", "zstd")]);
  const [imported, ...others] = await images.import(stream(layout([descriptor(image, NAMED)], blobFiles(image))), {
    signal,
  });
  assert.deepEqual(others, []);
  assert.equal(imported?.reference, "registry.test/app:1");
  assert.equal(imported?.digest, image.manifest.digest);
  assert.deepEqual(
    imported?.layers.map(({ diffId }) => diffId),
    image.layers.map(({ diffId }) => diffId),
  );
  assert.deepEqual(await images.find("registry.test/app:1"), imported);
  assert.deepEqual(await bench.names("temporary"), []);
});

test("the given reference goes before the archive's, and gzip around the archive is taken off", async () => {
  await using bench = await Bench.create();
  const images = await bench.open();
  const image = madeImage([madeLayer("a")]);
  const archive = gzip(layout([descriptor(image, NAMED)], blobFiles(image)));
  const [imported] = await images.import(stream(archive), { reference: "mine", signal });
  assert.equal(imported?.reference, "docker.io/library/mine:latest");
});

test("of an archive for several platforms the device's is imported", async () => {
  await using bench = await Bench.create();
  const images = await bench.open();
  const [amd, arm] = [madeImage([madeLayer("a")]), madeImage([madeLayer("b")], { architecture: "arm64" })];
  const index = madeIndex([
    { platform: "linux/arm64", image: arm },
    { platform: "linux/amd64", image: amd },
  ]);
  const entry = {
    mediaType: "application/vnd.oci.image.index.v1+json",
    digest: index.digest,
    size: index.bytes.length,
    annotations: { "io.containerd.image.name": "docker.io/library/app:2", "org.opencontainers.image.ref.name": "2" },
  };
  const files = [blobFile(index), ...blobFiles(amd), ...blobFiles(arm)];
  const [imported] = await images.import(stream(layout([entry], files)), { signal });
  assert.equal(imported?.reference, "docker.io/library/app:2");
  assert.equal(imported?.digest, amd.manifest.digest);
  const armOnly = layout([descriptor(arm, NAMED)], blobFiles(arm));
  await refused(images.import(stream(armOnly), { signal }), "wrong-architecture");
});

test("what docker save wrote before it wrote layouts is imported, links between layers and all", async () => {
  await using bench = await Bench.create();
  const images = await bench.open();
  const [a, b] = [madeLayer("a", "none"), madeLayer("b", "none")];
  const { config } = madeImage([a, b, a]);
  const long = `${"very/".repeat(30)}long/layer.tar`;
  const manifest = [
    {
      Config: "config.json",
      RepoTags: ["app:1", "registry.test/app:1"],
      Layers: ["one/layer.tar", long, "two/layer.tar"],
    },
  ];
  const archive = makeTar([
    { name: "one/", type: "5" },
    { name: "one/layer.tar", content: a.blob.bytes },
    pax({ path: long }),
    { name: "cut", content: b.blob.bytes },
    { name: "two/layer.tar", type: "2", link: "../one/layer.tar" },
    { name: "config.json", content: config.bytes },
    { name: "manifest.json", content: JSON.stringify(manifest) },
  ]);
  const imported = await images.import(stream(archive), { signal });
  assert.deepEqual(
    imported.map(({ reference }) => reference),
    ["docker.io/library/app:1", "registry.test/app:1"],
  );
  assert.equal(imported[0]?.layers.length, 3);
  assert.equal(await bench.conversions(), 2);
  assert.deepEqual(await (await bench.open()).find("app:1"), imported[0]);
});

test("an archive that is none, breaks off, lacks a part or leads out is refused whole", async () => {
  await using bench = await Bench.create();
  const images = await bench.open();
  const image = madeImage([madeLayer("a")]);
  const good = layout([descriptor(image, NAMED)], blobFiles(image));
  const unnamed = layout([descriptor(image)], blobFiles(image));
  const cases: ReadonlyArray<readonly [Uint8Array, RegExp]> = [
    [new TextEncoder().encode("no archive at all".repeat(100)), /no tar archive/],
    [new Uint8Array(0), /neither index.json nor manifest.json/],
    [good.subarray(0, 2000), /breaks off/],
    [gzip(good).subarray(0, 1000), /compression is broken/],
    [layout([descriptor(image, NAMED)], blobFiles(image).slice(0, 2)), /it lacks blobs/],
    [layout([], []), /lists no image/],
    [unnamed, /give the reference/],
    [makeTar([{ name: "../../etc/passwd", content: "x" }]), /leads out/],
    [makeTar([{ name: "/etc/passwd", content: "x" }]), /leads out/],
    [makeTar([{ name: "a/b", type: "2", link: "../../x" }]), /leads out/],
    [makeTar([{ name: "null", type: "3" }]), /neither a file/],
  ];
  for (const [archive, message] of cases) {
    assert.match((await refused(images.import(stream(archive), { signal }), "archive-invalid")).message, message);
    for (const folder of ["temporary", "images", "layers/sha256", "pulls"])
      assert.deepEqual(await bench.names(folder), [], folder);
  }
  const [imported] = await images.import(stream(unnamed), { reference: "app", signal });
  assert.equal(imported?.digest, image.manifest.digest);
});

test("a blob that is not what its name says is refused", async () => {
  await using bench = await Bench.create();
  const images = await bench.open();
  const image = madeImage([madeLayer("a")]);
  const files = blobFiles(image).map((file) => ({ ...file, content: madeLayer("other").blob.bytes }));
  await refused(images.import(stream(layout([descriptor(image, NAMED)], files)), { signal }), "digest-mismatch");
});

test("an import that is aborted or does not fit leaves nothing", async () => {
  await using bench = await Bench.create();
  const image = madeImage([madeLayer("a")]);
  const archive = layout([descriptor(image, NAMED)], blobFiles(image));
  const abort = new AbortController();
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(archive.subarray(0, 512));
      setTimeout(() => abort.abort(new Error("stopped by the test")), 10);
      return new Promise(() => {});
    },
  });
  await assert.rejects((await bench.open()).import(endless, { signal: abort.signal }), /stopped by the test/);
  const full = await bench.open(undefined, { freeBytes: async () => 1000, reserveBytes: 1000 });
  await refused(full.import(stream(archive), { signal }), "disk-full");
  assert.deepEqual(await bench.names("temporary"), []);
});
