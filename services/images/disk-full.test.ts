import assert from "node:assert/strict";
import { test } from "node:test";
import { estimatePull } from "./disk-space.ts";
import { Bench, pull } from "./fixtures/bench.ts";
import { layerOf, madeImage, madeLayer } from "./fixtures/made-image.ts";
import { refused } from "./fixtures/refused.ts";
import { RegistryServer } from "./fixtures/registry-server.ts";
import { makeTar } from "./fixtures/tar.ts";

const NAME = "registry.test/app:1";
const MiB = 1024 * 1024;

test("a pull that cannot fit is refused before a byte is downloaded, with the sums", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const layer = madeLayer("a", "gzip", MiB);
  server.add("app:1", madeImage([layer]));
  const images = await bench.open(server, { freeBytes: async () => 3 * MiB, reserveBytes: 2 * MiB });
  const error = await refused(pull(images, NAME), "disk-full");
  assert.equal(error.reason.value, estimatePull([{ size: layer.blob.bytes.length, present: 0 }], 1));
  assert.equal(error.reason.allowed, `at most ${MiB} bytes`);
  assert.match(error.message, /registry.test\/app:1 needs about 5.5 MiB of the data partition, which has 1.0 MiB/);
  assert.deepEqual(server.blobRequests(layer.blob.digest), []);
});

test("the estimate counts what is still to come, the files, and the work space of the largest", () => {
  const layers = [
    { size: 100, present: 100 },
    { size: 1000, present: 400 },
  ];
  assert.equal(estimatePull(layers, 1), 600 + 1100 * 1.75 + 1000 * 2.75);
  assert.equal(estimatePull(layers, 2), 600 + 1100 * 1.75 + 1100 * 2.75);
});

test("a layer that unpacks to more than there is room for is stopped, and its blob given back", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create('n=$(wc -c); echo "$n" > "$last"');
  const bomb = layerOf(makeTar([{ name: "zeros", content: new Uint8Array(64 * MiB) }]), "gzip");
  server.add("app:1", madeImage([bomb]));
  let room = 40 * MiB;
  const free = async () => {
    room -= 8 * MiB;
    return room;
  };
  await refused(pull(await bench.open(server, { freeBytes: free, reserveBytes: 0 }), NAME), "disk-full");
  for (const folder of ["layers/sha256", "images", "partial", "temporary", "pulls"])
    assert.deepEqual(await bench.names(folder), [], folder);
});

test("mkfs.erofs that finds no room says so", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create('echo "<E> erofs: [Error 28] No space left on device" >&2; exit 1');
  server.add("app:1", madeImage([madeLayer("a")]));
  await refused(pull(await bench.open(server), NAME), "disk-full");
  assert.deepEqual(await bench.names("partial"), []);
});
