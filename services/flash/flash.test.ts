import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { ReasonError } from "../model/reason.ts";
import type { BlockMap } from "./block-map.ts";
import { type FlashOptions, type FlashStep, flash } from "./flash.ts";
import { openImage } from "./image-source.ts";
import { findTarget, openTarget, type Target } from "./target.ts";

const MIB = 1024 * 1024;
const SIZE = 5 * MIB + 4096;
const DISK = 7 * MIB;

let directory: string;
let image: string;
let disk: string;
let bytes: Uint8Array;
let blockMap: BlockMap;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-flash-"));
  image = join(directory, "disk.img");
  disk = join(directory, "target");
  bytes = randomBytes(SIZE);
  writeFileSync(image, bytes);
  // What an earlier system left: 0xee everywhere.
  writeFileSync(disk, new Uint8Array(DISK).fill(0xee));
  const ranges = [
    { offset: 0, length: 1.5 * MIB },
    { offset: 3 * MIB, length: MIB + 8192 },
    { offset: 5 * MIB, length: 4096 },
  ].map(({ offset, length }) => ({ offset, length, sha256: sum(bytes.subarray(offset, offset + length)) }));
  blockMap = { imageSize: SIZE, ranges };
});
afterEach(() => rmSync(directory, { recursive: true }));

const sum = (part: Uint8Array) => createHash("sha256").update(part).digest("hex");

/** Flashes with whatever is special; `around` may put itself between the flash and the disk. */
async function run(
  special: Partial<FlashOptions> = {},
  around: (target: Target) => Partial<Target> = () => ({}),
): Promise<FlashStep[]> {
  const target = await openTarget(await findTarget(disk), SIZE);
  const steps: FlashStep[] = [];
  const methods = {
    size: target.size,
    write: (part: Uint8Array, offset: number) => target.write(part, offset),
    read: (offset: number, length: number) => target.read(offset, length),
    sync: () => target.sync(),
    dropCache: () => target.dropCache(),
    close: () => target.close(),
  };
  try {
    await flash({
      source: await openImage(image),
      blockMap: undefined,
      path: disk,
      verify: true,
      configuration: undefined,
      signal: new AbortController().signal,
      ...special,
      target: { ...methods, ...around(target) },
      onStep: (step, done, total) => {
        if (steps.at(-1) !== step) steps.push(step);
        special.onStep?.(step, done, total);
      },
    });
    return steps;
  } finally {
    await target.close();
  }
}

function code(expected: string) {
  return (error: unknown) => {
    assert(error instanceof ReasonError, String(error));
    assert.equal(error.reason.code, expected);
    return true;
  };
}

const bootable = () =>
  !readFileSync(disk)
    .subarray(0, MIB)
    .every((byte) => byte === 0);
const lastIsErased = () =>
  readFileSync(disk)
    .subarray(DISK - MIB)
    .every((byte) => byte === 0);

test("all of an image is on the disk, and what may have been a partition table's copy at its end is gone", async () => {
  assert.deepEqual(await run(), ["erase", "write", "verify", "finish"]);
  assert(readFileSync(disk).subarray(0, SIZE).equals(bytes));
  assert(lastIsErased());
});

test("with a block map only its ranges are written", async () => {
  await run({ blockMap });
  const found = readFileSync(disk);
  for (const { offset, length } of blockMap.ranges) {
    assert(found.subarray(offset, offset + length).equals(bytes.subarray(offset, offset + length)), String(offset));
  }
  assert(
    found.subarray(2 * MIB, 3 * MIB).every((byte) => byte === 0xee),
    "not in the map, so not touched",
  );
});

test("an xz image gives the same", async () => {
  execFileSync("xz", ["--block-size=65536", image]);
  image = `${image}.xz`;
  await run({ blockMap });
  const [, second] = blockMap.ranges;
  assert(second !== undefined);
  const [from, to] = [second.offset, second.offset + second.length];
  assert(readFileSync(disk).subarray(from, to).equals(bytes.subarray(from, to)));
  writeFileSync(disk, new Uint8Array(DISK).fill(0xee));
  await run();
  assert(readFileSync(disk).subarray(0, SIZE).equals(bytes));
});

test("the beginning comes last: until all else is there and was read back, the disk boots nothing", async () => {
  const order: string[] = [];
  await run({ blockMap }, (target) => ({
    write: async (part, offset) => {
      order.push(`write ${offset < MIB ? "head" : "rest"}${part.every((byte) => byte === 0) ? " zeros" : ""}`);
      await target.write(part, offset);
    },
    dropCache: async () => {
      order.push("drop cache");
      await target.dropCache();
    },
  }));
  const rest = blockMap.ranges.flatMap(() => "write rest");
  assert.deepEqual(
    order.filter((line, index) => line !== order[index - 1]),
    ["write rest zeros", "write head zeros", rest[0], "drop cache", "write head", "drop cache"],
  );
});

test("one flipped bit between writing and reading back is found, and the disk is left without a beginning", async () => {
  const flip = (target: Target): Partial<Target> => ({
    dropCache: async () => {
      const place = 3 * MIB + 5000;
      const [byte = 0] = await target.read(place, 1);
      await target.write(Uint8Array.of(byte ^ 1), place);
      await target.dropCache();
    },
  });
  await assert.rejects(run({ blockMap }, flip), code("read-back-mismatch"));
  assert(!bootable());
});

test("a bit flipped in the beginning itself is found too, and it is taken away again", async () => {
  const flip = (target: Target): Partial<Target> => ({
    read: async (offset, length) => {
      const found = await target.read(offset, length);
      if (offset === 0) found[600] = (found[600] ?? 0) ^ 1;
      return found;
    },
  });
  await assert.rejects(run({ blockMap }, flip), code("read-back-mismatch"));
  assert(!bootable());
});

test("without verification nothing is read back", async () => {
  const steps = await run({ blockMap, verify: false }, () => ({
    read: async () => assert.fail("it was read"),
    dropCache: async () => assert.fail("the cache was dropped"),
  }));
  assert.deepEqual(steps, ["erase", "write", "finish"]);
  assert(bootable());
});

test("an interruption while writing or verifying leaves a disk that boots nothing", async () => {
  for (const at of ["write", "verify"] as const) {
    writeFileSync(disk, new Uint8Array(DISK).fill(0xee));
    const interruption = new AbortController();
    const onStep = (step: FlashStep) => {
      if (step === at) interruption.abort();
    };
    await assert.rejects(run({ signal: interruption.signal, onStep }), /abort/i, at);
    assert(!bootable() && lastIsErased(), at);
  }
});

test("interrupted before it began, nothing is touched", async () => {
  await assert.rejects(run({ signal: AbortSignal.abort() }), /abort/i);
  assert(readFileSync(disk).every((byte) => byte === 0xee));
});

test("an image that is cut off is refused, raw and compressed, also in the middle of the compressed data", async () => {
  const original = image;
  truncateSync(original, 4 * MIB);
  await assert.rejects(run({ blockMap }), code("image-damaged"));
  assert(!bootable());
  writeFileSync(original, bytes);
  execFileSync("xz", ["--block-size=65536", original]);
  const whole = readFileSync(`${original}.xz`);
  image = `${original}.xz`;
  const source = await openImage(image);
  // Cut after it was looked at: before, its index would be missed at once.
  writeFileSync(image, whole.subarray(0, 3 * MIB));
  await assert.rejects(run({ source }), code("image-damaged"));
  assert(!bootable());
  await assert.rejects(openImage(image), code("image-damaged"));
});

test("an image that is not what its block map says is found while it is written", async () => {
  const other = Uint8Array.from(bytes);
  other[3 * MIB + 17] = (other[3 * MIB + 17] ?? 0) ^ 0x80;
  writeFileSync(image, other);
  await assert.rejects(run({ blockMap }), code("image-damaged"));
  assert(!bootable());
  // What no range holds does not matter.
  const unmapped = Uint8Array.from(bytes);
  unmapped[2 * MIB] = (unmapped[2 * MIB] ?? 0) ^ 0x80;
  writeFileSync(image, unmapped);
  await run({ blockMap });
});

test("a write that fails is told with the place", async () => {
  const full = (target: Target): Partial<Target> => ({
    write: async (part, offset) => {
      if (offset >= 3 * MIB && offset < 4 * MIB) {
        throw new ReasonError({ code: "target-failed", message: `failed while byte ${offset} was written: EIO` });
      }
      await target.write(part, offset);
    },
  });
  await assert.rejects(run({ blockMap }, full), code("target-failed"));
  assert(!bootable());
});

test("a file as target grows to the image's size, and stays as long as it was when that is longer", async () => {
  writeFileSync(disk, "");
  await run();
  assert.equal(readFileSync(disk).length, SIZE);
  assert(readFileSync(disk).equals(bytes));
});
