import { type FileHandle, open } from "node:fs/promises";
import { Readable, type Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";

type Compression = "gzip" | "zstd" | "none";

const CHUNK = 64 * 1024;
/** Bytes that tell the compression. */
export const MAGIC_LENGTH = 4;

/**
 * Tells the compression by the first bytes. The media type is not asked: registries hold layers whose type and content
 * disagree, other clients unpack them, and the digests decide about the content anyhow.
 */
export function compressionOf(start: Uint8Array): Compression {
  const begins = (...magic: number[]) => magic.every((byte, position) => start[position] === byte);
  if (begins(0x1f, 0x8b)) return "gzip";
  // zstd:chunked layers may begin with a skippable frame (RFC 8878 §3.1.2).
  const skippable = start[0] !== undefined && (start[0] & 0xf0) === 0x50 && start[1] === 0x2a && start[2] === 0x4d;
  if (begins(0x28, 0xb5, 0x2f, 0xfd) || (skippable && start[3] === 0x18)) return "zstd";
  return "none";
}

/** The decompressed bytes of a file, read in constant memory. Broken data fails with zlib's error. */
export async function* decompressFile(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    const start = new Uint8Array(MAGIC_LENGTH);
    const { bytesRead } = await file.read(start, 0, MAGIC_LENGTH, 0);
    yield* decompress(readFile(file), compressionOf(start.subarray(0, bytesRead)));
  } finally {
    await file.close();
  }
}

/** `source` decompressed. */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  const stream = decompressor(compression);
  if (stream === undefined) {
    yield* source;
    return;
  }
  const input = Readable.from(source, { objectMode: false, highWaterMark: CHUNK });
  input.on("error", (error) => stream.destroy(error));
  input.pipe(stream);
  try {
    for await (const chunk of stream) yield chunk;
  } finally {
    input.destroy();
    stream.destroy();
  }
}

function decompressor(compression: Compression): Transform | undefined {
  switch (compression) {
    case "gzip":
      return createGunzip({ chunkSize: CHUNK });
    case "zstd":
      return createZstdDecompress({ chunkSize: CHUNK });
    case "none":
      return undefined;
  }
}

async function* readFile(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let position = 0; ; ) {
    const buffer = new Uint8Array(CHUNK);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
