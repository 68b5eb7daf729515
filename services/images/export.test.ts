import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Images } from "../supervisor/ports.ts";
import { Bench, pull } from "./fixtures/bench.ts";
import { layerOf, type MadeImage, madeImage, madeLayer } from "./fixtures/made-image.ts";
import { refused } from "./fixtures/refused.ts";
import { RegistryServer } from "./fixtures/registry-server.ts";
import { join as joinBytes, makeTar, pax } from "./fixtures/tar.ts";
import { TarParser } from "./tar-parser.ts";

const NAME = "registry.test/app:1";

/** A layer with what makes archives differ from what tar(1) would write of the same files. */
function oddTar(): Uint8Array {
  const tar = makeTar([
    { name: "etc/", type: "5" },
    { name: "etc/passwd", content: "root:x:0:0::/:/bin/sh\n" },
    { name: "./etc//twice", content: "x".repeat(700) },
    { name: "etc/link", type: "1", link: "etc/passwd" },
    { name: "etc/empty" },
    { name: "gone/.wh.file" },
    pax({ path: `${"long/".repeat(30)}file`, mtime: "1.5" }),
    { name: "cut", content: new Uint8Array(100_000).fill(7) },
    pax({ "GNU.sparse.size": "3000", "GNU.sparse.map": "10,3,2000,4", "GNU.sparse.name": "sparse" }),
    { name: "GNUSparseFile.0/sparse", content: "abcdefg" },
    pax({ "GNU.sparse.major": "1", "GNU.sparse.realsize": "300000", "GNU.sparse.name": "etc/sparse-too" }),
    { name: "GNUSparseFile.0/sparse-too", content: `${"2\n0\n600\n250000\n5\n".padEnd(512, "\0")}${"y".repeat(605)}` },
    { name: "type-zero", type: "\0", content: "old" },
    { name: "type-seven", type: "7", content: "contiguous" },
  ]);
  return joinBytes([tar, new Uint8Array(9000)]);
}

async function exported(images: Images, reference: string): Promise<Uint8Array> {
  const stream = await images.export(reference, new AbortController().signal);
  assert.ok(stream !== undefined);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function names(tar: Uint8Array): string[] {
  return [...new TarParser().push(tar)].flatMap((item) => (item.kind === "entry" ? [item.entry.name] : []));
}

async function pulled(server: RegistryServer, bench: Bench, image: MadeImage): Promise<Images> {
  server.add("app:1", image);
  const images = await bench.open(server);
  await pull(images, NAME);
  return images;
}

test("an exported image is imported again with the same layers and configuration", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const twice = madeLayer("b", "zstd", 300_000);
  const image = madeImage([layerOf(oddTar(), "gzip"), twice, madeLayer("c", "none"), twice]);
  const images = await pulled(server, bench, image);
  const archive = await exported(images, NAME);
  assert.equal(
    names(archive).filter((name) => name.endsWith(twice.diffId.slice(7))).length,
    1,
    "a layer is there once",
  );

  await using other = await Bench.create();
  const elsewhere = await other.open();
  const [imported] = await elsewhere.import(new Blob([archive.slice()]).stream(), {
    signal: new AbortController().signal,
  });
  const before = await images.find(NAME);
  assert.equal(imported?.reference, NAME);
  assert.deepEqual(
    imported?.layers.map(({ diffId }) => diffId),
    before?.layers.map(({ diffId }) => diffId),
  );
  assert.deepEqual(imported?.config, before?.config);
  const [here, there] = [await images.inspect(NAME), await elsewhere.inspect(NAME)];
  assert.deepEqual(there?.configuration, here?.configuration);
  assert.deepEqual(await exported(elsewhere, NAME), archive, "and exported again it is the same file");
  assert.deepEqual(
    (await readdir(bench.root)).filter((name) => name.startsWith("opened-")),
    [],
  );
});

test("an image that is not here is not exported", async () => {
  await using bench = await Bench.create();
  assert.equal(await (await bench.open()).export(NAME, new AbortController().signal), undefined);
});

test("a layer whose outline is missing or torn is refused before the first byte", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const layer = madeLayer("a");
  const images = await pulled(server, bench, madeImage([layer]));
  const outline = join(bench.directory, "outlines/sha256", layer.diffId.slice(7));
  await truncate(outline, 10);
  const { message } = await refused(images.export(NAME, new AbortController().signal), "layer-not-exportable");
  assert.match(message, /outline is damaged; remove the image and pull it again/);
  await rm(outline);
  assert.match(
    (await refused(images.export(NAME, new AbortController().signal), "layer-not-exportable")).message,
    /outline is missing/,
  );
});

test("what the disk has spoilt breaks the export off", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const layer = madeLayer("a", "gzip", 5000);
  const images = await pulled(server, bench, madeImage([layer]));
  const [path = ""] = images.layerPaths((await images.find(NAME)) ?? assert.fail());
  const bytes = await readFile(path);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  await writeFile(path, bytes);
  assert.match((await refused(exported(images, NAME), "layer-not-exportable")).message, /has the digest sha256:/);
});

test("a file that a later entry replaced cannot be had back, nor can one be read through a link", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const replaced = makeTar([
    { name: "a", content: "first, and longer" },
    { name: "a", content: "second" },
  ]);
  const images = await pulled(server, bench, madeImage([layerOf(replaced, "gzip")]));
  assert.match((await refused(exported(images, NAME), "layer-not-exportable")).message, /"a" in it was replaced/);
  const linked = makeTar([
    { name: "a", type: "5" },
    { name: "a/passwd", content: "x" },
    { name: "a", type: "2", link: "/etc" },
  ]);
  server.add("app:2", madeImage([layerOf(linked, "gzip")]));
  await using stuck = await Bench.create();
  const root = join(stuck.root, "opened");
  await mkdir(root);
  await symlink("/etc", join(root, "a"));
  const others = await stuck.open(server, { openLayer: async () => ({ root, close: () => {} }) });
  await pull(others, "registry.test/app:2");
  assert.match(
    (await refused(exported(others, "registry.test/app:2"), "layer-not-exportable")).message,
    /"a\/passwd" in it was replaced/,
  );
});

test("an export keeps its image from being collected until it is read or given up", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const images = await pulled(server, bench, madeImage([madeLayer("a", "gzip", 2_000_000)]));
  const stream = await images.export(NAME, new AbortController().signal);
  assert.deepEqual((await images.prune([], { dryRun: false })).references, []);
  await stream?.cancel();
  assert.deepEqual((await images.prune([], { dryRun: true })).references, [NAME]);
  assert.deepEqual((await images.prune([], { dryRun: false })).references, [NAME]);
  for (const folder of ["layers/sha256", "outlines/sha256", "images"]) assert.deepEqual(await bench.names(folder), []);
});

test("layers are counted as an image's own or as shared, and a dry run frees what a prune then does", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const base = madeLayer("base", "gzip", 200_000);
  server.add("one:1", madeImage([base, madeLayer("one", "gzip", 100_000)]));
  server.add("two:1", madeImage([base, madeLayer("two", "gzip", 50_000), base]));
  const images = await bench.open(server);
  for (const name of ["registry.test/one:1", "registry.test/two:1"]) await pull(images, name);
  const [one, two] = await images.account();
  assert.ok(one !== undefined && two !== undefined);
  assert.equal(one.bytes.shared, two.bytes.shared);
  assert.ok(one.bytes.shared >= 200_000 && one.bytes.own >= 100_000 && two.bytes.own >= 50_000);
  assert.equal(one.bytes.total, one.bytes.own + one.bytes.shared);
  const detail = await images.inspect("registry.test/two:1");
  assert.deepEqual(
    detail?.contents.map(({ images: others }) => others),
    [["registry.test/one:1"], [], ["registry.test/one:1"]],
  );
  assert.equal(detail?.contents[0]?.blob, base.blob.digest);

  const dry = await images.prune(["registry.test/one:1"], { dryRun: true });
  assert.deepEqual(dry.references, ["registry.test/two:1"]);
  assert.equal((await images.list()).length, 2);
  assert.deepEqual(await images.prune(["registry.test/one:1"], { dryRun: false }), dry);
  assert.ok(dry.bytes >= two.bytes.own && dry.bytes < two.bytes.own + 20_000);
  assert.equal((await images.account())[0]?.bytes.shared, 0);
});
