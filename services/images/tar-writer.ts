import { Buffer } from "node:buffer";
import { BLOCK, TarError, text } from "./tar-header.ts";

const NAME_LENGTH = 100;

/** A directory's entry, owned by root, from the epoch. `path` holds one character a byte; empty for the root. */
export function directoryEntry(path: string, mode: number): Uint8Array {
  const name = Buffer.from(`./${path}${path === "" ? "" : "/"}`, "latin1");
  if (name.length <= NAME_LENGTH) return header(name, "5", mode, 0);
  // GNU's long name: an entry before the entry, its content the name and a zero.
  const content = Buffer.alloc(Math.ceil((name.length + 1) / BLOCK) * BLOCK);
  content.set(name);
  return Buffer.concat([
    header(Buffer.from("././@LongLink"), "L", 0o644, name.length + 1),
    content,
    header(name.subarray(0, NAME_LENGTH), "5", mode, 0),
  ]);
}

/** A file's header, owned by root, from the epoch; so many bytes and {@link padding} are to follow. Names up to 100 bytes. */
export function fileHeader(name: string, size: number): Uint8Array {
  return header(Buffer.from(name, "latin1"), "0", 0o644, size);
}

/** The zeros between a file's `size` bytes and the next header. */
export function padding(size: number): Uint8Array {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

/** A pax extended header for the entry after it (POSIX pax(1)). Keys and values hold one character a byte. */
export function extendedHeader(records: Readonly<Record<string, string>>): Uint8Array {
  const text = Object.entries(records).map(([key, value]) => paxRecord(` ${key}=${value}\n`));
  const content = Buffer.from(text.join(""), "latin1");
  return Buffer.concat([
    header(Buffer.from("PaxHeaders/x"), "x", 0o644, content.length),
    content,
    padding(content.length),
  ]);
}

/** A record behind its length, which counts itself. */
function paxRecord(rest: string): string {
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}

/** A sparse file's header block as a file's, whose name and size stand in {@link extendedHeader}. */
export function fileBlock(block: Uint8Array): Uint8Array {
  const file = Buffer.from(block);
  // Behind the numbers of a device GNU's header has the map where others have the beginning of the name.
  file.fill(0, 345);
  file.fill(0, 124, 136);
  file.write("0", 156, "latin1");
  seal(file);
  return file;
}

/** What ends an archive. */
export const ARCHIVE_END = new Uint8Array(2 * BLOCK);

/** Source: POSIX pax(1), ustar interchange format. */
function header(name: Uint8Array, type: string, mode: number, size: number): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  block.set(name, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  if (size < 8 ** 11) octal(size, 124, 12);
  else writeBinary(block, size);
  octal(0, 136, 12);
  block.write(type, 156, "latin1");
  block.write("ustar\u000000", 257, "latin1");
  seal(block);
  return block;
}

/** GNU's way for what has too many octal digits: big-endian behind a byte of 0x80. */
function writeBinary(block: Buffer, size: number): void {
  block[124] = 0x80;
  block.writeBigUInt64BE(BigInt(size), 128);
}

/** Makes a header block's name `./`. Throws {@link TarError} when another block, not this one, holds the name. */
export function renameRoot(block: Uint8Array): void {
  if (!/^\/+$/.test(text(block, 0, NAME_LENGTH))) throw new TarError("it names its root in an extended header");
  block.fill(0, 0, NAME_LENGTH);
  block.set(Buffer.from("./"), 0);
  seal(block);
}

/** Makes a header block a directory's. */
export function makeDirectory(block: Uint8Array): void {
  block.set(Buffer.from("5"), 156);
  seal(block);
}

/** Writes a header's checksum. */
function seal(block: Uint8Array): void {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(Buffer.from(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
}
