import assert from "node:assert/strict";
import { test } from "node:test";
import { usedOf } from "./ext4.ts";

/** What dumpe2fs prints, most of it left out. */
const LISTING = `Block count:              100
Free blocks:              31
Block size:               4096

Group 0: (Blocks 0-49) csum 0x1234
  5 free blocks, 10 free inodes
  Free blocks: 20, 40-43
  Free inodes: 12-20
Group 1: (Blocks 50-99) csum 0x1234
  Free blocks: 60-85
  Free inodes: 
`;

test("what is not free is in use", () => {
  assert.deepEqual(usedOf(LISTING), [
    { offset: 0, length: 20 * 4096 },
    { offset: 21 * 4096, length: 19 * 4096 },
    { offset: 44 * 4096, length: 16 * 4096 },
    { offset: 86 * 4096, length: 14 * 4096 },
  ]);
});

test("a listing that was not understood whole is refused", () => {
  assert.throws(() => usedOf(LISTING.replace("60-85", "60-80")), /otherwise/);
  assert.throws(() => usedOf("nothing"), /Block size/);
});
