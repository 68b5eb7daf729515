import { Buffer } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { plainName } from "./implied-directories.ts";
import type { Segment } from "./sparse-file.ts";
import { BLOCK, hasFileContent, TarError } from "./tar-header.ts";
import type { TarItem } from "./tar-parser.ts";

/**
 * A layer's outline: its archive, byte for byte, without what its files hold, so that archive and digest can be had back
 * from the EROFS file. A sequence of records, compressed with zstd: a kind, a length, and so many bytes.
 */
export type OutlineRecord =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** `size` bytes of the file `path` (one character a byte) stand here, of a sparse one from `at` on. */
  | { readonly kind: "file"; readonly path: string; readonly size: number; readonly at: number };

const BYTES = 0;
const FILE = 1;
/** A part of a sparse file. */
const PART = 2;
/** Kind, length. */
const HEAD = 5;
/** More than any layer's headers and padding; beyond it somebody is after our disk. */
const OUTLINE_LIMIT = 1024 * 1024 * 1024;

/** Takes an archive as it passes by and gives its outline's records. */
export class OutlineRecorder {
  /** Bytes of the archive before the piece that is taken. */
  #position = 0;
  #size = 0;
  #ofFile = false;
  /** The sparse file whose parts are told. */
  #sparse: string | undefined;
  /** A part whose data is to come. */
  #segment: Segment | undefined;

  /** Records of one piece, and of what the parser found in it. Throws {@link TarError} beyond {@link OUTLINE_LIMIT}. */
  take(chunk: Uint8Array, items: readonly TarItem[]): Uint8Array {
    const records: Uint8Array[] = [];
    let recorded = 0;
    const recordTo = (end: number) => {
      if (end > recorded) records.push(record(BYTES, chunk.subarray(recorded, end)));
      recorded = Math.max(recorded, end);
    };
    for (const item of items) {
      switch (item.kind) {
        case "entry":
          this.#sparse = item.sparse === undefined ? undefined : plainName(item.entry.name);
          this.#ofFile = hasFileContent(item.entry) && item.entry.size > 0;
          if (!this.#ofFile || this.#sparse !== undefined) break;
          recordTo(item.offset + BLOCK - this.#position);
          records.push(record(FILE, fileText(plainName(item.entry.name), item.entry.size)));
          break;
        case "segment":
          this.#segment = item.segment;
          break;
        case "data": {
          if (!this.#ofFile) break;
          const start = item.bytes.byteOffset - chunk.byteOffset;
          recordTo(start);
          recorded = start + item.bytes.length;
          if (this.#segment !== undefined && this.#sparse !== undefined)
            records.push(record(PART, partText(this.#sparse, this.#segment)));
          this.#segment = undefined;
          break;
        }
        case "end":
          break;
      }
    }
    recordTo(chunk.length);
    this.#position += chunk.length;
    const whole = Buffer.concat(records);
    this.#size += whole.length;
    if (this.#size > OUTLINE_LIMIT) throw new TarError("its headers take more than 1 GiB");
    return whole;
  }
}

function record(kind: number, bytes: Uint8Array): Uint8Array {
  const whole = Buffer.alloc(HEAD + bytes.length);
  whole.writeUInt8(kind, 0);
  whole.writeUInt32LE(bytes.length, 1);
  whole.set(bytes, HEAD);
  return whole;
}

function partText(path: string, { at, size }: Segment): Uint8Array {
  return Buffer.from(`${at} ${size} ${path}`, "latin1");
}

function fileText(path: string, size: number): Uint8Array {
  return Buffer.from(`${size} ${path}`, "latin1");
}

/** Records are compressed when so many bytes have come together. */
const BLOCK_BYTES = 256 * 1024;
/** Before each compressed block: its length. */
const LENGTH = 4;

/** An outline's file while it is written. */
export class OutlineFile {
  readonly #file: FileHandle;
  #waiting: Uint8Array[] = [];
  #bytes = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<OutlineFile> {
    return new OutlineFile(await open(path, "wx", 0o600));
  }

  async write(records: Uint8Array): Promise<void> {
    if (records.length === 0) return;
    this.#waiting.push(records);
    this.#bytes += records.length;
    if (this.#bytes >= BLOCK_BYTES) await this.#flush();
  }

  /** Writes what is still held, and closes. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#file.close();
  }

  /** Gives up; the file is the caller's to delete. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => {});
  }

  async #flush(): Promise<void> {
    if (this.#bytes === 0) return;
    const block = zstdCompressSync(Buffer.concat(this.#waiting));
    this.#waiting = [];
    this.#bytes = 0;
    const length = Buffer.alloc(LENGTH);
    length.writeUInt32LE(block.length);
    await this.#file.writeFile(Buffer.concat([length, block]));
  }
}

/** The records of an outline's file, in order. */
export async function* readOutline(path: string): AsyncGenerator<OutlineRecord> {
  const file = await open(path, "r");
  try {
    let held: Buffer = Buffer.alloc(0);
    for await (const block of blocks(file)) {
      held = held.length === 0 ? block : Buffer.concat([held, block]);
      let at = 0;
      while (held.length - at >= HEAD) {
        const length = held.readUInt32LE(at + 1);
        if (held.length - at - HEAD < length) break;
        yield parsed(held.readUInt8(at), held.subarray(at + HEAD, at + HEAD + length));
        at += HEAD + length;
      }
      held = held.subarray(at);
    }
    if (held.length > 0) throw new Error(`the outline ${path} breaks off`);
  } finally {
    await file.close();
  }
}

async function* blocks(file: FileHandle): AsyncGenerator<Buffer> {
  const read = async (length: number, position: number) => {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, (await file.read(buffer, 0, length, position)).bytesRead);
  };
  for (let position = 0; ; ) {
    const head = await read(LENGTH, position);
    if (head.length === 0) return;
    const length = head.length < LENGTH ? 0 : head.readUInt32LE();
    const block = await read(length, position + LENGTH);
    if (block.length === 0 || block.length < length) throw new Error("an outline breaks off");
    yield zstdDecompressSync(block);
    position += LENGTH + length;
  }
}

function parsed(kind: number, bytes: Buffer): OutlineRecord {
  if (kind === BYTES) return { kind: "bytes", bytes };
  const shape = kind === PART ? /^(\d+) (\d+) ([\s\S]+)$/ : /^()(\d+) ([\s\S]+)$/;
  const [, at, size, path] = shape.exec(bytes.toString("latin1")) ?? [];
  if ((kind !== FILE && kind !== PART) || path === undefined) throw new Error("an outline is damaged");
  return { kind: "file", path, size: Number(size), at: Number(at) };
}
