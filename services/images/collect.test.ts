import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { Bench, pull } from "./fixtures/bench.ts";
import { madeImage, madeLayer } from "./fixtures/made-image.ts";
import { refused } from "./fixtures/refused.ts";
import { RegistryServer } from "./fixtures/registry-server.ts";

const ONE = "registry.test/one:1";
const TWO = "registry.test/two:1";

test("collecting deletes what no kept image needs, and counts it", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const base = madeLayer("base");
  server.add("one:1", madeImage([base, madeLayer("one")]));
  server.add("two:1", madeImage([base, madeLayer("two", "gzip", 500_000)]));
  const images = await bench.open(server);
  const { image } = await pull(images, ONE);
  await pull(images, TWO);
  assert.equal(await images.collect([ONE, TWO]), 0);
  assert.ok((await images.collect([ONE])) >= 500_000);
  assert.deepEqual(await images.list(), [image]);
  assert.equal((await bench.names("layers/sha256")).length, 2);
  await images.collect([]);
  assert.deepEqual(await bench.names("layers/sha256"), []);
  assert.deepEqual(await bench.names("images"), []);
});

test("a reference is kept however it is written", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  server.add("library/app:latest", madeImage([madeLayer("a")]));
  const registries = { "docker.io": { endpoint: server.endpoint } };
  const images = await bench.open(undefined, { registries });
  await pull(images, "app");
  await images.collect(["docker.io/library/app:latest"]);
  assert.equal((await images.find("app"))?.reference, "docker.io/library/app:latest");
  await refused(images.collect(["No Reference"]), "invalid-image-reference");
  assert.equal((await images.list()).length, 1);
});

test("collecting in the middle of a pull leaves what the pull has and needs", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const [done, big] = [madeLayer("done"), madeLayer("big", "gzip", 300_000)];
  server.add("one:1", madeImage([done]));
  server.add("two:1", madeImage([done, big]));
  const images = await bench.open(server, { retryDelays: [200] });
  await pull(images, ONE);
  server.faults.set(big.blob.digest, { kind: "drop", after: 100_000, times: 1 });
  let collected: Promise<number> | undefined;
  const image = await images.pull(TWO, {
    signal: new AbortController().signal,
    onProgress({ done }) {
      if (done > 0) collected ??= images.collect([]);
    },
  });
  assert.notEqual(collected, undefined);
  await collected;
  assert.deepEqual(await images.list(), [image], "the pulled image is whole, the other one gone");
  assert.equal(server.blobRequests(big.blob.digest)[1]?.range, "bytes=100000-");
});

test("left-overs of unfinished pulls go unless their image is kept", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const [done, broken] = [madeLayer("done"), madeLayer("broken", "gzip", 10_000)];
  server.add("one:1", madeImage([done, broken]));
  server.add("two:1", madeImage([done]));
  server.faults.set(broken.blob.digest, { kind: "drop", after: 1000, times: 9 });
  const images = await bench.open(server, { retryDelays: [] });
  await pull(images, TWO);
  await refused(pull(images, ONE), "registry-unreachable");
  await writeFile(`${bench.directory}/partial/${"0".repeat(64)}`, "left by nobody knows whom");

  await images.collect([ONE]);
  assert.deepEqual(await bench.names("partial"), [broken.blob.digest.slice(7)]);
  assert.deepEqual(await bench.names("layers/sha256"), [`${done.diffId.slice(7)}.erofs`]);
  assert.deepEqual(await images.list(), []);
  assert.ok((await images.collect([])) > 0);
  assert.deepEqual(await bench.names("partial"), []);
  assert.deepEqual(await bench.names("pulls"), []);
  assert.deepEqual(await bench.names("layers/sha256"), []);
});

test("while a kept image's record cannot be read, no layer is deleted", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  server.add("one:1", madeImage([madeLayer("a")]));
  const images = await bench.open(server);
  await pull(images, ONE);
  const [record = ""] = await bench.names("images");
  await writeFile(`${bench.directory}/images/${record}`, "{");
  await images.collect([ONE]);
  assert.equal((await bench.names("layers/sha256")).length, 1);
  await pull(images, ONE);
  assert.equal(await bench.conversions(), 1, "the layer is used again");
});
