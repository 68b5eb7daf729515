import assert from "node:assert/strict";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { digestOf } from "./digest.ts";
import { Bench, pull } from "./fixtures/bench.ts";
import { gzip, layerOf, madeImage, madeLayer, zstd } from "./fixtures/made-image.ts";
import { RegistryServer } from "./fixtures/registry-server.ts";
import { join as joinBytes } from "./fixtures/tar.ts";

const NAME = "registry.test/app:1";

test("a pull through token service, index and redirect brings every layer as one file, lowest first", async () => {
  await using server = await RegistryServer.start({ auth: true, redirect: true });
  await using bench = await Bench.create();
  const layers = [madeLayer("gzip"), madeLayer("zstd", "zstd"), madeLayer("plain", "none")];
  const image = madeImage(layers, { config: { User: "65534", ExposedPorts: { "80/tcp": {} } } });
  const other = madeImage([madeLayer("other")], { architecture: "arm64" });
  server.addIndex("app:1", [
    { platform: "linux/arm64/v8", image: other },
    { platform: "linux/amd64", image },
  ]);
  const images = await bench.open(server);
  const { image: pulled, progress } = await pull(images, NAME);

  assert.equal(pulled.reference, "registry.test/app:1");
  assert.equal(pulled.digest, image.manifest.digest);
  assert.equal(pulled.architecture, "amd64");
  assert.equal(pulled.config.User, "65534");
  assert.deepEqual(pulled.config.Cmd, ["/bin/true"]);
  const paths = images.layerPaths(pulled);
  assert.equal(paths.length, 3);
  for (const [position, layer] of layers.entries()) {
    const content = await readFile(paths[position] ?? "");
    assert.ok(content.subarray(0, layer.tar.length - 1024).equals(layer.tar.subarray(0, -1024)));
    assert.equal(pulled.layers[position]?.size, content.length);
  }
  assert.deepEqual(await images.find(NAME), pulled);
  assert.deepEqual(await images.list(), [pulled]);
  assert.deepEqual(await bench.names("partial"), [], "blobs are not kept");
  assert.deepEqual(await bench.names("temporary"), []);
  assert.deepEqual(await bench.names("pulls"), []);

  const total = layers.reduce((sum, layer) => sum + layer.blob.bytes.length, 0);
  assert.deepEqual(progress.at(0), { message: "asking registry.test", done: 0, total: undefined });
  assert.deepEqual(progress.at(1), { message: "pulling 3 of 3 layers", done: 0, total });
  assert.deepEqual(progress.at(-1), { message: "every layer is here", done: total, total });
  assert.equal(server.seen.filter(({ host }) => host === "token").length, 1, "the token is kept");
  assert.ok(server.seen.some(({ host }) => host === "storage"));
});

test("an image is found again by a store that opens later", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  server.add("app:1", madeImage([madeLayer("a")], { docker: true }));
  const { image } = await pull(await bench.open(server), NAME);
  assert.deepEqual(await (await bench.open()).find("registry.test/app:1"), image);
  assert.equal(await (await bench.open()).find("registry.test/app:2"), undefined);
});

test("a layer shared between images is downloaded and converted once", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const base = madeLayer("base", "gzip", 200_000);
  server.add("one:1", madeImage([base, madeLayer("one")]));
  server.add("two:1", madeImage([base, madeLayer("two")]));
  const images = await bench.open(server);
  await Promise.all([pull(images, "registry.test/one:1"), pull(images, "registry.test/two:1")]);
  assert.equal(server.blobRequests(base.blob.digest).length, 1);
  assert.equal(await bench.conversions(), 3);
  assert.equal((await bench.names("layers/sha256")).length, 3);
  const { progress } = await pull(images, "registry.test/one:1");
  assert.deepEqual(progress.at(-1), { message: "every layer is here", done: 0, total: 0 });
});

test("one of two pulls of a layer can be aborted without harm to the other", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const layer = madeLayer("a", "gzip", 100_000);
  server.add("app:1", madeImage([layer]));
  server.faults.set(layer.blob.digest, { kind: "drop", after: 40_000, times: 1 });
  const images = await bench.open(server, { retryDelays: [300] });
  const abort = new AbortController();
  const leaving = images.pull(NAME, {
    signal: abort.signal,
    onProgress: ({ done }) => done > 0 && abort.abort(new Error("enough")),
  });
  const staying = pull(images, NAME);
  await assert.rejects(leaving, /enough/);
  assert.equal((await staying).image.layers.length, 1);
});

test("a pull by a digest that is here asks nobody", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const image = madeImage([madeLayer("a")]);
  server.add("app:1", image);
  const images = await bench.open(server);
  const name = `registry.test/app@${image.manifest.digest}`;
  await pull(images, name);
  const asked = server.seen.length;
  await pull(images, name);
  assert.equal(server.seen.length, asked);
});

test("a tag that moved brings the new image under the old name", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const images = await bench.open(server);
  server.add("app:1", madeImage([madeLayer("old")]));
  const before = await pull(images, NAME);
  server.add("app:1", madeImage([madeLayer("new")]));
  const after = await pull(images, NAME);
  assert.notEqual(before.image.digest, after.image.digest);
  assert.deepEqual(await images.find(NAME), after.image);
});

test("what a tag meant before it moved is there by its digest, until it is not kept", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const images = await bench.open(server);
  server.add("app:1", madeImage([madeLayer("old")]));
  const before = await pull(images, NAME);
  server.add("app:1", madeImage([madeLayer("new")]));
  const after = await pull(images, NAME);
  const former = await images.find(NAME, before.image.digest);
  assert(former !== undefined);
  assert.deepEqual(former.layers, before.image.layers);
  assert.deepEqual(await images.find(NAME, after.image.digest), after.image);
  await images.collect([after.image.reference, former.reference]);
  assert.deepEqual(await images.find(NAME, before.image.digest), former);
  await images.collect([after.image.reference]);
  assert.equal(await images.find(NAME, before.image.digest), undefined);
});

test("a layer that an image stacks twice is mounted once, where it can be seen", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const [a, b] = [madeLayer("a"), madeLayer("b")];
  server.add("app:1", madeImage([a, b, a]));
  const images = await bench.open(server);
  const { image } = await pull(images, NAME);
  assert.equal(image.layers.length, 3);
  assert.deepEqual(
    images.layerPaths(image).map((path) => /([0-9a-f]{64})\.erofs$/.exec(path)?.[1]),
    [b.diffId.slice(7), a.diffId.slice(7)],
  );
});

test("an image whose layer file is gone is not found, and pulling it mends it", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  server.add("app:1", madeImage([madeLayer("a"), madeLayer("b")]));
  const images = await bench.open(server);
  const { image } = await pull(images, NAME);
  const [lost = ""] = images.layerPaths(image);
  await rm(lost);
  assert.equal(await images.find(NAME), undefined);
  assert.deepEqual(await images.list(), []);
  await pull(images, NAME);
  assert.equal(await bench.conversions(), 3);
  assert.ok((await stat(lost)).size > 0);
});

test("a spoilt record is as good as none", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  server.add("app:1", madeImage([madeLayer("a")]));
  const images = await bench.open(server);
  await pull(images, NAME);
  const [record = ""] = await bench.names("images");
  const path = `${bench.directory}/images/${record}`;
  await writeFile(path, (await readFile(path, "utf8")).replace("/bin/true", "/bin/evil"));
  assert.equal(await images.find(NAME), undefined);
});

// Deno's node:zlib stops after the first frame.
test("a zstd layer of several frames, as zstd:chunked is, is read whole", { skip: "Deno" in globalThis }, async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const plain = madeLayer("a", "none", 50_000);
  const skippable = new Uint8Array([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
  const bytes = joinBytes([
    skippable,
    zstd(plain.tar.subarray(0, 20_000)),
    zstd(plain.tar.subarray(20_000)),
    skippable,
  ]);
  const layer = {
    ...layerOf(plain.tar, "zstd"),
    blob: { bytes, digest: digestOf(bytes) },
  };
  server.add("app:1", madeImage([layer]));
  const { image } = await pull(await bench.open(server), NAME);
  assert.equal(image.layers[0]?.diffId, plain.diffId);
});

test("a gzip layer of many members, as eStargz is, is read whole", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const plain = madeLayer("a", "none", 50_000);
  const cuts = [0, 512, 20_000, 20_000, plain.tar.length];
  const bytes = joinBytes(cuts.slice(1).map((end, index) => gzip(plain.tar.subarray(cuts[index], end))));
  const layer = { ...layerOf(plain.tar, "gzip"), blob: { bytes, digest: digestOf(bytes) } };
  server.add("app:1", madeImage([layer]));
  const { image } = await pull(await bench.open(server), NAME);
  assert.equal(image.layers[0]?.diffId, plain.diffId);
});
