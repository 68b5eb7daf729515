import assert from "node:assert/strict";
import { test } from "node:test";
import { unpackKernel } from "./kernel.ts";

/** A bzImage with one sector of setup code beside the boot sector, and a compressed kernel some bytes into what follows. */
function bzImage(payload: Uint8Array): Buffer {
  const image = Buffer.alloc(1024 + 16 + payload.length + 100);
  image.writeUInt8(1, 0x1f1);
  image.write("HdrS", 0x202);
  image.writeUInt32LE(16, 0x248);
  image.writeUInt32LE(payload.length, 0x24c);
  image.set(payload, 1024 + 16);
  return image;
}

test("a bzImage is unpacked to the kernel in it", () => {
  const kernel = Buffer.from("\x7fELF a kernel, and a kernel, and a kernel");
  const size = Buffer.alloc(4);
  size.writeUInt32LE(kernel.length);
  const image = bzImage(Buffer.concat([Bun.zstdCompressSync(kernel), size]));
  assert.deepEqual(Buffer.from(unpackKernel(image)), kernel);
});

test("what is no bzImage stays as it is, and one that is packed otherwise is refused", () => {
  const plain = Buffer.alloc(4096, "ARMd");
  assert.equal(unpackKernel(plain), plain);
  assert.throws(() => unpackKernel(bzImage(Buffer.from("xz was here"))), /not compressed with zstd/);
});
