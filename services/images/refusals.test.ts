import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench, pull } from "./fixtures/bench.ts";
import { layerOf, madeBlob, madeImage, madeLayer } from "./fixtures/made-image.ts";
import { refused } from "./fixtures/refused.ts";
import { RegistryServer } from "./fixtures/registry-server.ts";
import { makeTar } from "./fixtures/tar.ts";

const NAME = "registry.test/app:1";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** After a refusal nothing is left but what a later pull can use. */
async function assertClean(bench: Bench): Promise<void> {
  for (const folder of ["layers/sha256", "images", "partial", "temporary"])
    assert.deepEqual(await bench.names(folder), [], folder);
}

test("an image for other architectures names them", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const arm = madeImage([madeLayer("a")], { architecture: "arm64" });
  server.addIndex("app:1", [
    { platform: "linux/arm64/v8", image: arm },
    { platform: "unknown/unknown", image: madeImage([]) },
  ]);
  server.add("app:2", arm);
  const images = await bench.open(server);
  const error = await refused(pull(images, NAME), "wrong-architecture");
  assert.match(error.message, /is for linux\/arm64\/v8; this device is linux\/amd64/);
  assert.equal(error.reason.allowed, "linux/amd64");
  await refused(pull(images, "registry.test/app:2"), "wrong-architecture");
  await assertClean(bench);
});

test("an unknown image, a refused one and a wrong reference are told apart", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const images = await bench.open(server);
  const unknown = await refused(pull(images, "registry.test/app:9"), "image-not-found");
  assert.equal(unknown.transient, false);
  assert.match(unknown.message, /registry.test has no app:9 \(MANIFEST_UNKNOWN: as the test wants it\)/);
  server.faults.set("1", { kind: "status", status: 403, times: 1 });
  await refused(pull(images, NAME), "registry-refused");
  server.faults.set("1", { kind: "status", status: 401, headers: { "www-authenticate": 'Basic realm="x"' }, times: 1 });
  assert.match((await refused(pull(images, NAME), "registry-refused")).message, /user name and a password/);
  await refused(pull(images, "registry.test/App:1"), "invalid-image-reference");
});

test("a registry that is not there, ails or falls silent is unreachable for now", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const layer = madeLayer("a");
  server.add("app:1", madeImage([layer]));
  const images = await bench.open(server, { stallMilliseconds: 200 });
  server.faults.set("1", { kind: "status", status: 503, times: 4 });
  const error = await refused(pull(images, NAME), "registry-unreachable");
  assert.equal(error.transient, true);
  assert.equal(server.seen.length, 4, "one try and three more");
  server.faults.set(layer.blob.digest, { kind: "hang", after: 0, times: 9 });
  assert.match((await refused(pull(images, NAME), "registry-unreachable")).message, /nothing for 0.2 s/);
  const gone = await bench.open(undefined, { registries: { "registry.test": { endpoint: "http://127.0.0.1:1" } } });
  assert.equal((await refused(pull(gone, NAME), "registry-unreachable")).transient, true);
});

test("a registry that asks for patience gets it, within bounds", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  server.add("app:1", madeImage([madeLayer("a")]));
  const images = await bench.open(server);
  server.faults.set("1", { kind: "status", status: 429, headers: { "retry-after": "1" }, times: 1 });
  const start = performance.now();
  await pull(images, NAME);
  assert.ok(performance.now() - start >= 950);
  server.faults.set("1", { kind: "status", status: 429, headers: { "retry-after": "3600" }, times: 1 });
  assert.equal((await refused(pull(images, NAME), "registry-unreachable")).transient, true);
});

test("a blob, manifest or content with another digest is thrown away", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const layer = madeLayer("a");
  const image = madeImage([layer]);
  server.add("app:1", image);
  server.faults.set(layer.blob.digest, { kind: "corrupt", times: 1 });
  const images = await bench.open(server);
  const error = await refused(pull(images, NAME), "digest-mismatch");
  assert.equal(error.reason.allowed, layer.blob.digest);
  await assertClean(bench);
  await pull(images, NAME);

  server.add(
    "app:2",
    madeImage([madeLayer("b")], { diffIds: [layer.diffId.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"))] }),
  );
  await refused(pull(images, "registry.test/app:2"), "digest-mismatch");
  assert.deepEqual(await bench.names("partial"), []);

  const promised = image.manifest.digest.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
  server.addManifest(`app:${promised}`, MANIFEST, image.manifest);
  await refused(pull(images, `registry.test/app@${promised}`), "digest-mismatch");
  assert.equal((await bench.names("layers/sha256")).length, 1);
});

test("a blob longer than it should be is cut off", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const layer = madeLayer("a");
  server.add("app:1", madeImage([layer]));
  server.addBlob({ digest: layer.blob.digest, bytes: new Uint8Array(1_000_000) });
  await refused(pull(await bench.open(server), NAME), "digest-mismatch");
  await assertClean(bench);
});

test("what is no image manifest is refused", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create();
  const images = await bench.open(server);
  const blob = { mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 1 };
  const config = { ...blob, mediaType: "application/vnd.oci.image.config.v1+json" };
  const cases: ReadonlyArray<readonly [string, string | object, RegExp]> = [
    ["manifest-invalid", "not json", /is not JSON/],
    ["manifest-invalid", "[]", /expected object/],
    ["manifest-invalid", `"${"x".repeat(5 * 1024 * 1024)}"`, /more than 4194304 bytes/],
    ["manifest-invalid", { mediaType: MANIFEST, config, layers: [], manifests: [] }, /at once/],
    ["manifest-invalid", { mediaType: MANIFEST, config: blob, layers: [] }, /artifact/],
    ["manifest-invalid", { mediaType: MANIFEST, config: { ...config, digest: "md5:00" }, layers: [] }, /config.digest/],
    ["layer-unsupported", { mediaType: MANIFEST, config, layers: [blob] }, /text\/plain/],
  ];
  for (const [code, content, message] of cases) {
    server.addManifest("app:1", MANIFEST, madeBlob(content));
    assert.match((await refused(pull(images, NAME), code)).message, message);
  }
  server.add("app:1", madeImage([madeLayer("a")], { diffIds: [] }));
  assert.match((await refused(pull(images, NAME), "manifest-invalid")).message, /lists 0/);
});

test("a layer that is no tar archive, or half of one, is refused though its digests are right", async () => {
  await using server = await RegistryServer.start();
  // As mkfs.erofs does when an archive breaks off, this one never ends.
  await using bench = await Bench.create("while sleep 0.05; do :; done");
  const images = await bench.open(server);
  const whole = makeTar([{ name: "a", content: "x".repeat(2000) }]);
  const cases: ReadonlyArray<readonly [Uint8Array, RegExp]> = [
    [whole.subarray(0, 1500), /breaks off/],
    [whole.subarray(0, 2511), /breaks off/],
    [whole.subarray(0, 100), /breaks off/],
    [new Uint8Array(4096).fill(7), /no tar archive/],
    [makeTar([{ name: "a", type: "S", content: "x" }]), /sparse/],
    [makeTar([{ name: "a", type: "2", link: "b", size: 512 }, { name: "b" }]), /content, which its type forbids/],
  ];
  for (const [tar, message] of cases) {
    server.add("app:1", madeImage([layerOf(tar, "gzip")]));
    assert.match((await refused(pull(images, NAME), "layer-invalid")).message, message);
    await assertClean(bench);
  }
});

test("mkfs.erofs that fails, hangs or is missing ends the pull with its reason", async () => {
  await using server = await RegistryServer.start();
  server.add("app:1", madeImage([madeLayer("a", "gzip", 500_000)]));
  await using failing = await Bench.create('echo "<E> bad thing" >&2; echo half > "$last"; exit 3');
  assert.match((await refused(pull(await failing.open(server), NAME), "layer-invalid")).message, /3: <E> bad thing/);
  await assertClean(failing);
  await using hanging = await Bench.create("while sleep 0.05; do :; done");
  const images = await hanging.open(server, { mkfsStallMilliseconds: 150 });
  assert.match((await refused(pull(images, NAME), "layer-invalid")).message, /no progress/);
  await assertClean(hanging);
  const without = await hanging.open(server, { mkfs: ["/nonexistent/mkfs"] });
  await refused(pull(without, NAME), "tool-missing");
});

test("a pull aborted in the middle of a conversion ends mkfs.erofs and leaves only the blob", async () => {
  await using server = await RegistryServer.start();
  await using bench = await Bench.create("while sleep 0.05; do :; done");
  server.add("app:1", madeImage([madeLayer("a")]));
  const images = await bench.open(server);
  const abort = new AbortController();
  const onProgress = ({ message }: { message: string }) =>
    message.startsWith("converting") && abort.abort(new Error("stopped by the test"));
  await assert.rejects(images.pull(NAME, { signal: abort.signal, onProgress }), /stopped by the test/);
  assert.deepEqual(await bench.names("temporary"), []);
  assert.deepEqual(await bench.names("layers/sha256"), []);
  assert.equal((await bench.names("partial")).length, 1);
});
