import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { appendHashTree, verifiedSize, verityTable } from "./verity.ts";

/** A stand-in for a file system of so many blocks, in a folder of its own. */
async function withImage(blocks: number, use: (image: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "berth-verity-"));
  try {
    const image = join(folder, "root.img");
    writeFileSync(image, Buffer.alloc(blocks * 4096, "berth"));
    await use(image);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the same file system gives the same image and root hash", async () => {
  const made: unknown[] = [];
  for (let round = 0; round < 2; round++) {
    await withImage(300, async (image) => {
      const verity = await appendHashTree(image);
      made.push({ verity, image: readFileSync(image).toString("hex") });
    });
  }
  assert.deepEqual(made[0], made[1]);
});

test("veritysetup verifies what the kernel is told, and finds a flipped bit", async () => {
  await withImage(300, async (image) => {
    const { blocks, rootHash, salt } = await appendHashTree(image);
    assert.equal(blocks, 300);
    const verify = () =>
      spawnSync("veritysetup", [
        ...["verify", "--no-superblock", "--hash=sha256", `--salt=${salt}`, `--data-blocks=${blocks}`],
        ...[
          "--data-block-size=4096",
          "--hash-block-size=4096",
          `--hash-offset=${blocks * 4096}`,
          image,
          image,
          rootHash,
        ],
      ]).status;
    assert.equal(verify(), 0);
    const bytes = readFileSync(image);
    bytes[123_456] = (bytes[123_456] ?? 0) ^ 1;
    writeFileSync(image, bytes);
    assert.notEqual(verify(), 0);
  });
});

test("the size of a file system with its hash tree is known from its blocks", async () => {
  for (const blocks of [2, 128, 129, 300, 16_385]) {
    await withImage(blocks, async (image) => {
      await appendHashTree(image);
      assert.equal(statSync(image).size, verifiedSize(blocks), `${blocks} blocks`);
    });
  }
});

test("an image that is not in whole blocks is refused", async () => {
  await withImage(1, async (image) => {
    writeFileSync(image, "odd");
    await assert.rejects(appendHashTree(image), /not in whole blocks of 4096/u);
  });
});

test("the kernel's table has sectors, blocks, and the hash tree behind the file system", () => {
  assert.equal(
    verityTable({ blocks: 10, rootHash: "aa", salt: "bb" }, "PARTUUID=u"),
    "0 80 verity 1 PARTUUID=u PARTUUID=u 4096 4096 10 10 sha256 aa bb",
  );
});
