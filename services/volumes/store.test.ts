import assert from "node:assert/strict";
import { chmod, chown, link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { gzipSync } from "node:zlib";
import { makeTar, type TarFile } from "../images/fixtures/tar.ts";
import { ReasonError } from "../model/reason.ts";
import { openVolumes, type VolumeStore } from "./store.ts";

let directory = "";
let store: VolumeStore;
let now = new Date("2026-01-01T00:00:00Z");

const clock = { now: () => now };
const free = async () => {};
const signal = new AbortController().signal;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "volumes-")), "volumes");
  now = new Date("2026-01-01T00:00:00Z");
  store = await openVolumes({ directory, clock });
});

afterEach(() => rm(join(directory, ".."), { recursive: true }));

async function make(name: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  return store.place(name, async (folder) => {
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  });
}

function stream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new Blob([Uint8Array.from(bytes)]).stream();
}

async function archiveOf(name: string): Promise<Uint8Array> {
  return new Uint8Array(await new Response(store.backup(name, signal)).arrayBuffer());
}

const everything = () => readdir(directory, { recursive: true });

test("a volume is filled once, and remembers when it was made and used", async () => {
  const folder = await make("db", { a: "first" });
  now = new Date("2026-02-01T00:00:00Z");
  assert.equal(await make("db", { a: "second" }), folder);
  assert.equal(await readFile(join(folder, "a"), "utf8"), "first");
  const [facts] = await store.list({ sizes: true });
  assert.equal(facts?.createdAt, "2026-01-01T00:00:00.000Z");
  assert.equal(facts?.lastUsedAt, "2026-02-01T00:00:00.000Z");
  assert.ok((facts?.size ?? 0) > 0);
});

test("a volume whose record cannot be written serves all the same", async () => {
  const folder = await make("db", { a: "first" });
  const record = join(folder, "../volume.json");
  await rm(record);
  await mkdir(record);
  assert.equal(await make("db"), folder);
  assert.deepEqual((await readdir(join(folder, ".."))).sort(), ["data", "volume.json"]);
});

test("a volume whose first content failed is not there, and leaves nothing", async () => {
  await assert.rejects(
    store.place("db", async (folder) => {
      await writeFile(join(folder, "half"), "");
      throw new Error("the disk broke");
    }),
    /the disk broke/,
  );
  assert.deepEqual(await everything(), []);
});

test("what comes back from a backup is what went in: owners, modes, links, holes", async () => {
  const folder = await make("db", { plain: "text" });
  await chown(folder, 70, 71);
  await chmod(folder, 0o2750);
  await mkdir(join(folder, "sub"), { mode: 0o700 });
  await chown(join(folder, "plain"), 1000, 1001);
  await chmod(join(folder, "plain"), 0o4640);
  await link(join(folder, "plain"), join(folder, "sub/same"));
  await symlink("/etc/shadow", join(folder, "leads-out"));
  const { exitCode } = Bun.spawnSync(["truncate", "-s", "64M", join(folder, "sparse")]);
  assert.equal(exitCode, 0);
  await store.restore("copy", stream(gzipSync(await archiveOf("db"))), { signal, check: free });
  const copy = await make("copy");
  const at = (file: string) => stat(join(copy, file));
  const root = await stat(copy);
  assert.deepEqual([root.uid, root.gid, root.mode & 0o7777], [70, 71, 0o2750]);
  const plain = await at("plain");
  assert.deepEqual([plain.uid, plain.gid, plain.mode & 0o7777, plain.nlink], [1000, 1001, 0o4640, 2]);
  assert.equal((await at("sub/same")).ino, plain.ino);
  const sparse = await at("sparse");
  assert.equal(sparse.size, 64 * 1024 * 1024);
  assert.ok(sparse.blocks < 100);
  assert.equal(await readFile(join(copy, "plain"), "utf8"), "text");
});

test("holes stay holes, in whichever of GNU tar's formats an archive has them", async () => {
  const folder = await make("db", {});
  const { exitCode } = Bun.spawnSync([
    "sh",
    "-c",
    'truncate -s 64M "$1" && echo end >>"$1"',
    "sh",
    join(folder, "sparse"),
  ]);
  assert.equal(exitCode, 0);
  const pax = ["0.0", "0.1", "1.0"].map((version) => ["--format=posix", `--sparse-version=${version}`]);
  for (const format of [["--format=gnu"], ...pax]) {
    const { stdout } = Bun.spawnSync(["tar", "-c", "--sparse", ...format, "-C", folder, "."], { maxBuffer: 1 << 20 });
    await store.restore("copy", stream(new Uint8Array(stdout)), { signal, check: free });
    const { size, blocks } = await stat(join(await make("copy"), "sparse"));
    assert.equal(size, 64 * 1024 * 1024 + 4, `${format}`);
    assert.ok(blocks < 100, `${format}`);
  }
});

test("a restore replaces all of what was there", async () => {
  await make("new", { a: "new" });
  const folder = await make("db", { a: "old", b: "old" });
  await store.restore("db", stream(await archiveOf("new")), { signal, check: free });
  assert.deepEqual(await readdir(folder), ["a"]);
  assert.equal(await readFile(join(folder, "a"), "utf8"), "new");
  assert.deepEqual((await readdir(join(folder, ".."))).sort(), ["data", "volume.json"]);
});

test("an archive that breaks off leaves what was there", async () => {
  const folder = await make("db", { a: "old" });
  await make("big", { a: "x".repeat(100_000) });
  const whole = await archiveOf("big");
  const half = stream(whole.subarray(0, 50_000));
  await assert.rejects(store.restore("db", half, { signal, check: free }), refusedWith("archive-invalid"));
  assert.equal(await readFile(join(folder, "a"), "utf8"), "old");
  assert.deepEqual((await readdir(join(folder, ".."))).sort(), ["data", "volume.json"]);
});

test("a volume somebody has begun to use meanwhile keeps its content", async () => {
  const folder = await make("db", { a: "old" });
  await make("new", { a: "new" });
  const check = async () => {
    throw new ReasonError({ code: "volume-in-use", message: "it is in use" });
  };
  await assert.rejects(
    store.restore("db", stream(await archiveOf("new")), { signal, check }),
    refusedWith("volume-in-use"),
  );
  await assert.rejects(store.remove("db", check), refusedWith("volume-in-use"));
  assert.equal(await readFile(join(folder, "a"), "utf8"), "old");
});

test("a volume that is being backed up is neither replaced nor removed, until the backup ends or is given up", async () => {
  await make("db", { a: "x".repeat(1_000_000) });
  await make("new", { a: "new" });
  const archive = await archiveOf("new");
  const reader = store.backup("db", signal).getReader();
  await reader.read();
  const restore = () => store.restore("db", stream(archive), { signal, check: free });
  await assert.rejects(restore(), refusedWith("volume-in-use"));
  await assert.rejects(store.remove("db", free), refusedWith("volume-in-use"));
  await reader.cancel();
  await restore();
  assert.equal((await archiveOf("db")).length, archive.length);
  assert.equal(await store.remove("db", free), true);
});

test("hostile archives are refused, and nothing is left of them", async () => {
  const file = (name: string): TarFile => ({ name, content: "x" });
  const hostile: Record<string, TarFile[]> = {
    "a name that leads out": [file("../escape")],
    "one that leads out later": [file("a/../../escape")],
    "an absolute name": [file("/escape")],
    "a file behind a link": [{ name: "a", type: "2", link: ".." }, file("a/escape")],
    "a file behind a hard link to a link": [
      { name: "a", type: "2", link: ".." },
      { name: "b", type: "1", link: "a" },
      file("b/escape"),
    ],
    "a hard link that leads out": [{ name: "a", type: "1", link: "../../escape" }],
    "a device": [{ name: "a", type: "3" }],
    "an unknown kind": [{ name: "a", type: "M" }],
  };
  for (const [what, files] of Object.entries(hostile)) {
    const archive = stream(makeTar(files));
    await assert.rejects(store.restore("db", archive, { signal, check: free }), refusedWith("archive-invalid"), what);
    assert.deepEqual(await everything(), [], what);
    assert.deepEqual(await readdir(join(directory, "..")), ["volumes"], what);
  }
  const noise = stream(new TextEncoder().encode("no archive at all".repeat(100)));
  await assert.rejects(store.restore("db", noise, { signal, check: free }), refusedWith("archive-invalid"));
  assert.deepEqual(await everything(), []);
});

test("a link that leads out is kept as it is, since its workload sees it in its own root", async () => {
  const archive = makeTar([{ name: "a", type: "2", link: "/etc/shadow" }]);
  await store.restore("db", stream(archive), { signal, check: free });
  assert.deepEqual(await readdir(await make("db")), ["a"]);
});

test("removing deletes it all, and says whether there was anything", async () => {
  await make("db", { a: "x" });
  assert.equal(await store.remove("db", free), true);
  assert.equal(await store.remove("db", free), false);
  assert.deepEqual(await everything(), []);
});

test("what a crash has left is cleared at the next start", async () => {
  await make("db", { a: "x" });
  await mkdir(join(directory, "db/staging-1/half"), { recursive: true });
  await mkdir(join(directory, "other/staging-2"), { recursive: true });
  await mkdir(join(directory, ".gone-3/data"), { recursive: true });
  const again = await openVolumes({ directory, clock });
  assert.deepEqual(await readdir(directory), ["db"]);
  assert.deepEqual((await readdir(join(directory, "db"))).sort(), ["data", "volume.json"]);
  assert.deepEqual(
    (await again.list({ sizes: false })).map(({ name }) => name),
    ["db"],
  );
});

function refusedWith(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ReasonError && error.reason.code === code;
}
