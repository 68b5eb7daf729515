import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Bench, pull } from "./fixtures/bench.ts";
import { madeImage, madeLayer } from "./fixtures/made-image.ts";
import { refused } from "./fixtures/refused.ts";
import { RegistryServer } from "./fixtures/registry-server.ts";

const NAME = "registry.test/app:1";
const SIZE = 300_000;

test("a download that breaks off goes on where it stopped", async () => {
  await using server = await RegistryServer.start({ redirect: true });
  await using bench = await Bench.create();
  const layer = madeLayer("a", "gzip", SIZE);
  server.add("app:1", madeImage([layer]));
  server.faults.set(layer.blob.digest, { kind: "drop", after: 100_000, times: 2 });
  const { image } = await pull(await bench.open(server), NAME);
  assert.equal(image.layers[0]?.diffId, layer.diffId);
  assert.deepEqual(
    server.blobRequests(layer.blob.digest).map(({ range }) => range),
    [undefined, "bytes=100000-", "bytes=200000-"],
  );
});

test("a registry without ranges is asked for all of it again", async () => {
  await using server = await RegistryServer.start({ ignoreRanges: true });
  await using bench = await Bench.create();
  const layer = madeLayer("a", "gzip", SIZE);
  server.add("app:1", madeImage([layer]));
  server.faults.set(layer.blob.digest, { kind: "drop", after: 100_000, times: 1 });
  const { image } = await pull(await bench.open(server), NAME);
  assert.equal(image.layers[0]?.diffId, layer.diffId);
});

test("a later pull goes on with what an abandoned one left", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const layer = madeLayer("a", "gzip", SIZE);
  server.add("app:1", madeImage([layer]));
  server.faults.set(layer.blob.digest, { kind: "drop", after: 1000, times: 1 });
  const error = await refused(pull(await bench.open(server, { retryDelays: [] }), NAME), "registry-unreachable");
  assert.equal(error.transient, true);
  const images = await bench.open(server);
  await images.collect([NAME]);
  const { progress } = await pull(images, NAME);
  assert.equal(server.blobRequests(layer.blob.digest)[1]?.range, "bytes=1000-");
  assert.ok(progress.every(({ done, total }) => total === undefined || done === 0 || done >= 1000));
});

test("what was left and has been spoilt since is downloaded anew", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const layer = madeLayer("a", "gzip", SIZE);
  server.add("app:1", madeImage([layer]));
  const images = await bench.open(server);
  await writeFile(`${bench.directory}/partial/${layer.blob.digest.slice(7)}`, new Uint8Array(5000));
  const { image } = await pull(images, NAME);
  assert.equal(image.layers[0]?.diffId, layer.diffId);
  assert.deepEqual(
    server.blobRequests(layer.blob.digest).map(({ range }) => range),
    ["bytes=5000-", undefined],
  );
});

test("an aborted pull keeps what it has, and leaves nothing half under a final name", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const layer = madeLayer("a", "gzip", SIZE);
  server.add("app:1", madeImage([layer]));
  server.faults.set(layer.blob.digest, { kind: "hang", after: 100_000, times: 1 });
  // With a clock that jumps, no progress is left out.
  let time = 0;
  const now = () => {
    time += 1000;
    return new Date(time);
  };
  const images = await bench.open(server, { clock: { now } });
  const abort = new AbortController();
  const onProgress = ({ done }: { done: number }) => done >= 100_000 && abort.abort(new Error("stopped by the test"));
  await assert.rejects(images.pull(NAME, { signal: abort.signal, onProgress }), /stopped by the test/);
  assert.deepEqual(await bench.names("layers/sha256"), []);
  assert.equal((await stat(`${bench.directory}/partial/${layer.blob.digest.slice(7)}`)).size, 100_000);
  await pull(images, NAME);
  assert.equal(server.blobRequests(layer.blob.digest)[1]?.range, "bytes=100000-");
});

test("a pull killed in the middle of a blob is gone on with by the next process", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const layer = madeLayer("a", "gzip", SIZE);
  server.add("app:1", madeImage([madeLayer("small"), layer]));
  server.faults.set(layer.blob.digest, { kind: "hang", after: 150_000, times: 1 });
  const child = pullInChild(bench, server);
  await until(async () => ((await size(`${bench.directory}/partial/${layer.blob.digest.slice(7)}`)) ?? 0) === 150_000);
  await until(async () => (await bench.names("layers/sha256")).length === 1);
  await kill(child);

  const images = await bench.open(server);
  assert.equal(await images.find(NAME), undefined, "a half pulled image is not there");
  await images.collect([NAME]);
  const { image } = await pull(images, NAME);
  assert.equal(image.layers.length, 2);
  assert.deepEqual(
    server.blobRequests(layer.blob.digest).map(({ range }) => range),
    [undefined, "bytes=150000-"],
  );
  assert.equal(await bench.conversions(), 2, "the layer that was done is not done again");
  const [, path = ""] = images.layerPaths(image);
  assert.ok((await readFile(path)).subarray(0, layer.tar.length - 1024).equals(layer.tar.subarray(0, -1024)));
});

test("a conversion that outlived its supervisor is ended, and done again", {
  skip: process.platform !== "linux",
}, async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const layer = madeLayer("a");
  server.add("app:1", madeImage([layer]));
  await using slow = await Bench.create(`echo $$ > ${bench.root}/pid; cat > "$last"; while sleep 0.05; do :; done`);
  const child = pullInChild(bench, server, slow.mkfs);
  await until(async () => ((await size(`${bench.root}/pid`)) ?? 0) > 0);
  await kill(child);
  const pid = Number(await readFile(`${bench.root}/pid`, "utf8"));
  assert.ok(await alive(pid));

  const images = await bench.open(server);
  await until(async () => !(await alive(pid)));
  assert.deepEqual(await bench.names("temporary"), []);
  const { image } = await pull(images, NAME);
  assert.equal(image.layers.length, 1);
  assert.equal(server.blobRequests(layer.blob.digest).length, 1, "the blob was whole");
});

function pullInChild(bench: Bench, server: RegistryServer, mkfs = bench.mkfs): ChildProcess {
  const run = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];
  const program = fileURLToPath(new URL("./fixtures/pull-child.ts", import.meta.url));
  return spawn(process.execPath, [...run, program, bench.directory, server.endpoint, mkfs, NAME], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await condition().catch(() => false))) {
    assert.ok(Date.now() < end, "it did not come to that");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function size(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

/** A process that has ended but is not yet waited for counts as gone. */
async function alive(pid: number): Promise<boolean> {
  const state = /\) (\S)/.exec(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""))?.[1] ?? "Z";
  return state !== "Z";
}
