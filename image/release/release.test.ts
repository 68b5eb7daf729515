import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { runCli } from "../../services/cli/index.ts";
import { makeKeys } from "../../services/keys/make-keys.ts";
import { writeBundle } from "../bundle.ts";
import { buildKeys, type Keys } from "../keys.ts";
import { Progress } from "../progress.ts";
import type { Artifacts } from "./artifacts.ts";
import { makeRelease } from "./make-release.ts";

const MIB = 1024 * 1024;
/** In MiB; as `image/partitions.ts` has them, only smaller. */
const LAYOUT = { esp: [1, 4], root: [5, 4], empty: [9, 6], CONFIG: [15, 2], data: [17, 16] } as const;
const SIZE = 34 * MIB;
const DISK = 40 * MIB;

let directory: string;
let disk: string;
let target: string;
let keys: Keys;
let artifacts: Artifacts;
let root: Buffer;

before(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-release-"));
  disk = join(directory, "disk.img");
  target = join(directory, "target");
  makeDisk();
  mkdirSync(join(directory, "tree/usr/lib"), { recursive: true });
  mkdirSync(join(directory, "tree/var/lib/dpkg"), { recursive: true });
  writeFileSync(join(directory, "tree/usr/lib/os-release"), 'VERSION_ID="13"\n');
  const status = "Package: crun\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.21-1\n";
  writeFileSync(join(directory, "tree/var/lib/dpkg/status"), status);
  await makeKeys({ directory: join(directory, "keys"), days: 1 });
  keys = await buildKeys(join(directory, "keys"));
  // RAUC makes no bundle of next to nothing.
  const part = join(directory, "slot.img");
  writeFileSync(part, randomBytes(64 * 1024));
  artifacts = await makeRelease(
    {
      disk,
      version: "1.2.3",
      board: "x86_64-uefi",
      date: "2026-01-01T00:00:00Z",
      packages: { base: "debian", tree: join(directory, "tree") },
      runtime: "@oven/bun-linux-x64-baseline",
      out: join(directory, "out"),
      writeBundle: (path) =>
        writeBundle(path, { slot: { boot: part, root: part }, board: "x86_64-uefi", version: "1.2.3", keys }),
      keys,
    },
    new Progress({ write: () => undefined }),
  );
});
after(() => rmSync(directory, { recursive: true }));
beforeEach(() => {
  // A disk with another life behind it.
  writeFileSync(target, Buffer.alloc(DISK, 0xee));
});

function makeDisk(): void {
  writeFileSync(disk, "");
  truncateSync(disk, SIZE);
  const places = Object.entries(LAYOUT).map(
    ([name, [start, size]]) => `start=${start * 2048}, size=${size * 2048}, name="${name}"`,
  );
  execFileSync("sfdisk", ["--quiet", disk], { input: `label: gpt\n${places.join("\n")}\n` });
  // RAUC makes no bundle of next to nothing.
  const part = join(directory, "slot.img");
  writeFileSync(part, randomBytes(64 * 1024));
  const put = (name: keyof typeof LAYOUT, ...make: string[]) => {
    const [start, size] = LAYOUT[name];
    rmSync(part, { force: true });
    writeFileSync(part, "");
    truncateSync(part, size * MIB);
    if (make.length > 0) execFileSync(make[0] ?? "", [...make.slice(1), part], { stdio: "ignore" });
    else writeFileSync(part, root);
    // As the build does: what is zero becomes a hole, though it may well have to be zero.
    execFileSync("dd", [
      `if=${part}`,
      `of=${disk}`,
      "bs=4096",
      `seek=${start * 256}`,
      "conv=notrunc,sparse",
      "status=none",
    ]);
  };
  root = Buffer.alloc(2 * MIB, 0x42);
  // A root file system has zeros in it that are covered by its hashes.
  root.fill(0, 300_000, 900_000);
  put("esp", "mkfs.vfat");
  put("root");
  put("CONFIG", "mkfs.vfat");
  put("data", "mkfs.ext4", "-q", "-b", "4096", "-J", "size=4");
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function berth(words: string[], special: { columns?: number; input?: string } = {}): Promise<Ran> {
  const texts = { out: "", err: "" };
  const output = (name: "out" | "err") => ({
    write: (text: string) => {
      texts[name] += text;
    },
    columns: () => special.columns,
  });
  const code = await runCli(words, {
    env: {},
    out: output("out"),
    err: output("err"),
    bytes: async () => {},
    input: async function* () {
      yield new TextEncoder().encode(special.input ?? "");
    },
    interrupted: new AbortController().signal,
  });
  return { code, ...texts };
}

/** A partition of the target as a file of its own. */
function partition(name: keyof typeof LAYOUT): string {
  const [start, size] = LAYOUT[name];
  const path = join(directory, `check-${name}`);
  writeFileSync(path, readFileSync(target).subarray(start * MIB, (start + size) * MIB));
  return path;
}

/** Every file system is whole, although the disk was full of something else. */
function assertWhole(): void {
  assert.match(
    execFileSync("sfdisk", ["--dump", target], { stdio: ["ignore", "pipe", "ignore"] }).toString(),
    /name="CONFIG"/,
  );
  execFileSync("fsck.vfat", ["-n", partition("esp")]);
  execFileSync("fsck.vfat", ["-n", partition("CONFIG")]);
  execFileSync("e2fsck", ["-fn", partition("data")], { stdio: "ignore" });
  assert(readFileSync(partition("root")).subarray(0, root.length).equals(root), "the root file system");
  assert(
    readFileSync(partition("empty"))
      .subarray(0, MIB)
      .every((byte) => byte === 0),
    "nothing of an earlier disk can be found in the empty slot",
  );
}

test("a release has its files, and sha256sum and openssl accept them", () => {
  assert.deepEqual(
    readdirSync(join(directory, "out")).sort(),
    ["bmap", "cdx.json", "img.xz", "licences.txt", "raucb", "sha256", "sig"].map(
      (end) => `berth-1.2.3-x86_64-uefi.${end}`,
    ),
  );
  execFileSync("sha256sum", ["--check", "--strict", "--quiet", artifacts.checksums], { cwd: join(directory, "out") });
  const files = ["-sigfile", artifacts.signature, "-in", artifacts.checksums];
  const verify = ["pkeyutl", "-verify", "-pubin", "-inkey", keys.releasePublicKey, "-rawin", ...files];
  assert.match(execFileSync("openssl", verify).toString(), /Verified Successfully/);
});

test("devices that trust the keys take its update bundle", () => {
  const info = execFileSync("rauc", [`--keyring=${keys.ca}`, "info", artifacts.bundle], { encoding: "utf8" });
  assert.match(info, /^Compatible:\s+'berth-x86_64-uefi'$/m);
});

test("the image is made of blocks that can be unpacked by themselves, and is the disk", () => {
  assert(execFileSync("xz", ["-dc", artifacts.image], { maxBuffer: 2 * SIZE }).equals(readFileSync(disk)));
  assert.match(execFileSync("xz", ["--robot", "--list", artifacts.image]).toString(), /^file\t1\t3\t/m);
});

test("bmaptool writes it, and every file system is whole", () => {
  execFileSync("bmaptool", ["--quiet", "copy", artifacts.image, target], { stdio: "ignore" });
  assertWhole();
});

test("the components are the base's, the executable's and its run time, each once", () => {
  const sbom = JSON.parse(readFileSync(artifacts.sbom, "utf8"));
  const names: string[] = sbom.components.map(({ purl }: { purl: string }) => purl);
  assert.equal(sbom.specVersion, "1.6");
  assert.equal(new Set(names).size, names.length);
  for (const expected of [
    "pkg:deb/debian/crun@1.21-1?arch=amd64&distro=debian-13",
    /^pkg:npm\/zod@/,
    /^pkg:npm\/%40oven\/bun-linux-x64-baseline@/,
  ]) {
    assert.equal(
      names.filter((name) => (typeof expected === "string" ? name === expected : expected.test(name))).length,
      1,
    );
  }
  assert(
    !names.some((name) => /typescript|biome|%40types/.test(name)),
    "what only the build needs is not in the image",
  );
  assert.match(readFileSync(artifacts.licences, "utf8"), /^MIT\n(?: {2}.*\n)* {2}zod /m);
});

test("berth verify accepts it with the key, and nothing that was changed", async () => {
  const good = await berth(["verify", "--key", keys.releasePublicKey, artifacts.image]);
  assert.equal(good.code, 0, good.err);
  assert.match(good.out, /\.img\.xz +right\n/);
  assert.match(good.out, /\.sig +right\n$/);
  const sums = readFileSync(artifacts.checksums);
  try {
    writeFileSync(
      artifacts.checksums,
      sums.toString().replace(/^[0-9a-f]/, (digit) => (digit === "0" ? "1" : "0")),
    );
    assert.match(
      (await berth(["verify", "--key", keys.releasePublicKey, artifacts.image])).err,
      /signature does not fit/,
    );
    const unsigned = await berth(["verify", artifacts.image]);
    assert.deepEqual([unsigned.code, /WRONG/.test(unsigned.out)], [1, true]);
  } finally {
    writeFileSync(artifacts.checksums, sums);
  }
  assert.match((await berth(["verify", "--key", keys.certificate, artifacts.image])).err, /no Ed25519 public key/);
  const missing = join(directory, "out/berth-9.9.9-x86_64-uefi.img.xz");
  assert.match((await berth(["verify", missing])).err, /9\.9\.9-x86_64-uefi\.sha256 is not there/);
});

test("berth flash writes it with a configuration, reads it back, and tells each step on a pipe", async () => {
  const config = join(directory, "kiosk.yaml");
  writeFileSync(config, "device: kiosk\n");
  const options = ["--yes", "--key", keys.releasePublicKey, "--config", config];
  const { code, out, err } = await berth(["flash", ...options, artifacts.image, target]);
  assert.equal(code, 0, err);
  assert.equal(err, "");
  assert.match(out, /checksum right, signature right\n/);
  assert.match(out, /flash target: write: .* 100 %\nflash target: verify: (.*\n)*flash target: configure\n/);
  assert.match(out, /target is ready: .* written, read back and right, configuration put \(\d+s\)\n$/);
  assertWhole();
  assert.equal(execFileSync("mtype", ["-i", partition("CONFIG"), "::berth.yaml"]).toString(), "device: kiosk\n");
});

test("a configuration that is wrong is refused with its field before anything is written", async () => {
  const config = join(directory, "wrong.yaml");
  writeFileSync(config, "device: Not A Name\n");
  const { code, err } = await berth(["flash", "--yes", "--config", config, artifacts.image, target]);
  assert.equal(code, 1);
  assert.match(err, /field: +device\n +value: +"Not A Name"/);
  assert(readFileSync(target).every((byte) => byte === 0xee));
});

test("without --yes a person types the disk's name; anything else, or no terminal, changes nothing", async () => {
  const words = ["flash", artifacts.image, target];
  const pipe = await berth(words);
  assert.equal(pipe.code, 2);
  assert.match(pipe.err, /no terminal to ask at[\s\S]*--yes/);
  const wrong = await berth(words, { columns: 80, input: "yes\n" });
  assert.equal(wrong.code, 1);
  assert.match(wrong.out, /All that is on target will be lost\. Type target to go on: $/);
  assert.match(wrong.err, /nothing was changed/);
  assert(readFileSync(target).every((byte) => byte === 0xee));
  const right = await berth(words, { columns: 80, input: "target\n" });
  assert.equal(right.code, 0, right.err);
  assertWhole();
});

test("an image, a block map or a key that does not fit is refused before anything is written", async () => {
  const damage = (path: string) => {
    const bytes = readFileSync(path);
    const place = bytes.length >> 1;
    const damaged = Buffer.from(bytes);
    damaged[place] = (damaged[place] ?? 0) ^ 1;
    writeFileSync(path, damaged);
    return () => writeFileSync(path, bytes);
  };
  for (const path of [artifacts.image, artifacts.blockMap, artifacts.signature]) {
    const restore = damage(path);
    try {
      const { code, err } = await berth(["flash", "--yes", "--key", keys.releasePublicKey, artifacts.image, target]);
      assert.equal(code, 1, path);
      assert.match(err, path === artifacts.signature ? /signature does not fit/ : /is not what .*\.sha256 says/);
    } finally {
      restore();
    }
  }
  assert(readFileSync(target).every((byte) => byte === 0xee));
});

test("what cannot be a target is refused", async () => {
  for (const [path, why] of [
    ["/dev/berth-is-not-there", /is not there/],
    ["/dev/null", /is no disk/],
    [directory, /is no disk/],
    [artifacts.image, /cannot be written to itself/],
  ] as const) {
    const { code, err } = await berth(["flash", "--yes", "--force", artifacts.image, path]);
    assert.equal(code, 1);
    assert.match(err, why, path);
  }
});

test("a failure once something was written says that the disk does not boot", async () => {
  // A block map whose checksum file is gone: only writing shows that the image is another's.
  const lonely = join(directory, "lonely");
  mkdirSync(lonely);
  const other = readFileSync(disk);
  other[LAYOUT.root[0] * MIB + 5] = 0x43;
  writeFileSync(join(lonely, "a.img"), other);
  writeFileSync(join(lonely, "a.bmap"), readFileSync(artifacts.blockMap));
  const { code, err } = await berth(["flash", "--yes", join(lonely, "a.img"), target]);
  assert.equal(code, 1);
  assert.match(
    err,
    /^target is not bootable now, and what was on it is lost\. Flash it again\.\nberth: the image is not/,
  );
  assert(
    readFileSync(target)
      .subarray(0, MIB)
      .every((byte) => byte === 0),
  );
  assert.equal(statSync(target).size, DISK);
});
