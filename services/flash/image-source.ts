import { spawn } from "node:child_process";
import { type FileHandle, open } from "node:fs/promises";
import { mustRun } from "../host/command.ts";
import { ReasonError } from "../model/reason.ts";

/** A part of an image, in bytes. */
export interface Part {
  readonly offset: number;
  readonly length: number;
}

/** Bytes of an image with their place. */
export interface Piece {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** An image's bytes, wherever they come from. */
export interface ImageSource {
  /** Bytes of the whole image. */
  readonly size: number;
  /**
   * The bytes of `parts` (ascending) in order. No piece crosses a part's end or a multiple of {@link PIECE}; a piece's bytes
   * hold until the next is asked for. Throws `image-damaged` when the file ends early or cannot be decompressed.
   */
  pieces(parts: readonly Part[]): AsyncGenerator<Piece>;
}

/** Most bytes of a piece. */
export const PIECE = 1024 * 1024;

/** Opens a raw image, or one compressed by xz, whatever its name. Throws `file-unreadable` or `image-damaged`. */
export async function openImage(path: string): Promise<ImageSource> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReasonError({ code: "file-unreadable", message: `cannot read the image: ${why}` }, { cause });
  }
  try {
    const start = new Uint8Array(XZ_MAGIC.length);
    await file.read(start, 0, start.length, 0);
    if (XZ_MAGIC.every((byte, index) => start[index] === byte)) return new XzSource(path, await xzSize(path));
    return new RawSource(path, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

/** The xz format's first bytes (The .xz File Format §2.1.1.1). */
const XZ_MAGIC: readonly number[] = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];

/** Bytes an xz file unpacks to, from its index. */
async function xzSize(path: string): Promise<number> {
  let listing: string;
  try {
    listing = await mustRun(["xz", "--robot", "--list", "--", path]);
  } catch (cause) {
    if (!(cause instanceof ReasonError) || cause.reason.code !== "command-failed") throw cause;
    throw damaged(path, cause.reason.message, cause);
  }
  // xz(1), ROBOT MODE: the columns of a totals line.
  const totals = listing.split("\n").find((line) => line.startsWith("totals\t"));
  return Number(totals?.split("\t")[4]);
}

function damaged(path: string, why: string, cause?: unknown): ReasonError {
  return new ReasonError({ code: "image-damaged", message: `${path} is not a whole image: ${why}` }, { cause });
}

/** Where the next piece from `at` on ends. */
function pieceEnd(at: number, end: number): number {
  return Math.min(end, (Math.floor(at / PIECE) + 1) * PIECE);
}

class RawSource implements ImageSource {
  readonly #path: string;
  readonly size: number;

  constructor(path: string, size: number) {
    this.#path = path;
    this.size = size;
  }

  async *pieces(parts: readonly Part[]): AsyncGenerator<Piece> {
    const file = await open(this.#path, "r");
    try {
      const buffer = new Uint8Array(PIECE);
      for (const { offset, length } of parts) {
        for (let at = offset; at < offset + length; ) {
          const bytes = buffer.subarray(0, pieceEnd(at, offset + length) - at);
          let done = 0;
          while (done < bytes.length) {
            const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
            if (bytesRead === 0) throw damaged(this.#path, `it ends at byte ${at + done}`);
            done += bytesRead;
          }
          yield { offset: at, bytes };
          at += bytes.length;
        }
      }
    } finally {
      await file.close();
    }
  }
}

class XzSource implements ImageSource {
  readonly #path: string;
  readonly size: number;

  constructor(path: string, size: number) {
    this.#path = path;
    this.size = size;
  }

  async *pieces(parts: readonly Part[]): AsyncGenerator<Piece> {
    const child = spawn("xz", ["--decompress", "--stdout", "--threads=0", "--", this.#path], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let complaint = "";
    child.stderr.on("data", (chunk: Uint8Array) => {
      complaint += Buffer.from(chunk).toString();
    });
    const ended = new Promise<number>((resolve, reject) => {
      child.on("error", (cause) =>
        reject(new ReasonError({ code: "command-missing", message: `xz cannot be run: ${cause.message}` }, { cause })),
      );
      child.on("close", (code) => resolve(code ?? -1));
    });
    // Looked at below; until then its failure is nobody's.
    ended.catch(() => undefined);
    try {
      yield* cut(child.stdout, parts);
      if ((await ended) !== 0) throw damaged(this.#path, complaint.trim().replaceAll(/\s+/g, " ") || "xz failed");
    } finally {
      child.kill("SIGKILL");
    }
  }
}

/** Takes parts out of a stream of bytes and throws the rest away. Reads the stream to its end. */
async function* cut(stream: AsyncIterable<Uint8Array>, parts: readonly Part[]): AsyncGenerator<Piece> {
  const buffer = new Uint8Array(PIECE);
  let filled = 0;
  let at = 0;
  let index = 0;
  for await (const chunk of stream) {
    let used = 0;
    while (used < chunk.length) {
      const part = parts[index];
      if (part === undefined) break;
      if (at < part.offset) {
        const skipped = Math.min(part.offset - at, chunk.length - used);
        at += skipped;
        used += skipped;
        continue;
      }
      const partEnd = part.offset + part.length;
      const start = at - filled;
      const taken = Math.min(pieceEnd(at, partEnd) - at, chunk.length - used);
      buffer.set(chunk.subarray(used, used + taken), filled);
      filled += taken;
      at += taken;
      used += taken;
      if (at === pieceEnd(at - 1, partEnd)) {
        yield { offset: start, bytes: buffer.subarray(0, filled) };
        filled = 0;
      }
      if (at === partEnd) index++;
    }
  }
}
