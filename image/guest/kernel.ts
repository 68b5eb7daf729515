const SECTOR = 512;
const BOOT_SIGNATURE = 0x53726448;

/**
 * The kernel inside a bzImage: an ELF file, which QEMU starts by its PVH entry. Unlike a bzImage it need not be unpacked by
 * every guest for itself, and QEMU maps the file, so that guests share it. What is no bzImage is given back as it is.
 * Source: the kernel's Documentation/arch/x86/boot.rst.
 *
 * @throws Error when it is compressed with something else than zstd
 */
export function unpackKernel(image: Uint8Array): Uint8Array {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  if (bytes.length < 0x250 || bytes.readUInt32LE(0x202) !== BOOT_SIGNATURE) return image;
  const setup = (bytes.readUInt8(0x1f1) || 4) + 1;
  const start = setup * SECTOR + bytes.readUInt32LE(0x248);
  const payload = bytes.subarray(start, start + bytes.readUInt32LE(0x24c));
  if (payload.readUInt32LE(0) !== 0xfd2fb528) throw new Error("the kernel is not compressed with zstd");
  // The last four bytes say how long it is unpacked.
  return Bun.zstdDecompressSync(payload.subarray(0, -4));
}
