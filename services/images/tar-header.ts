import { Buffer } from "node:buffer";

/** A tar archive that cannot be read. The message says what is wrong, for a person. */
export class TarError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TarError";
  }
}

/** Bytes of a block, the unit of a tar archive (tar(5)). */
export const BLOCK = 512;

/** The fixed header of an entry; `name` and `link` hold one character a byte. Source: POSIX pax(1), ustar interchange format, and GNU tar's extensions to it. */
export interface TarHeader {
  readonly name: string;
  readonly link: string;
  readonly type: string;
  readonly size: number;
  /** The numbers of a device. */
  readonly device: { readonly major: number; readonly minor: number };
  /** Extended attributes by name, with the bytes of their values; known once the extensions before the header are. */
  readonly attributes: ReadonlyMap<string, number>;
}

/** Whether what follows the header is what a file holds: `7` is a contiguous file, a zero byte what came before ustar. */
export function hasFileContent({ type }: TarHeader): boolean {
  return type === "0" || type === "\0" || type === "7";
}

/** Reads a header block; undefined for a block of zeros, which ends an archive. */
export function parseTarHeader(block: Uint8Array): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (headerNumber(block, 148, 8) !== sum) throw new TarError("a header's checksum is wrong: this is no tar archive");
  const prefix = text(block, 257, 5) === "ustar" && text(block, 257, 8) !== "ustar  " ? text(block, 345, 155) : "";
  const name = text(block, 0, 100);
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    link: text(block, 157, 100),
    type: String.fromCharCode(block[156] ?? 0),
    size: headerNumber(block, 124, 12),
    device: { major: headerNumber(block, 329, 8), minor: headerNumber(block, 337, 8) },
    attributes: new Map(),
  };
}

/** Ways to write an extended attribute as a pax record: star's, which all use, and libarchive's, in base64. */
const ATTRIBUTE_KEYS = ["SCHILY.xattr.", "LIBARCHIVE.xattr."];

/** Extended attributes among pax records. */
export function attributesOf(records: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  const attributes = new Map<string, number>();
  for (const [key, value] of records) {
    const prefix = ATTRIBUTE_KEYS.find((start) => key.startsWith(start));
    if (prefix !== undefined) attributes.set(key.slice(prefix.length), value.length);
  }
  return attributes;
}

/** Bytes up to the first zero, one character a byte: names in archives are bytes, and need not be UTF-8. */
export function text(bytes: Uint8Array, start = 0, length = bytes.length): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return byteString(end < 0 ? field : field.subarray(0, end));
}

function byteString(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** A field's number: octal, or big-endian after a byte of 0x80 (GNU's way for large files). */
export function headerNumber(block: Uint8Array, start: number, length: number): number {
  const field = block.subarray(start, start + length);
  let value = 0;
  if (field[0] === 0x80) {
    for (const byte of field.subarray(1)) value = value * 256 + byte;
  } else {
    const digits = text(field).trim();
    if (!/^[0-7]*$/.test(digits)) throw new TarError("a number in a header is not octal: this is no tar archive");
    value = digits === "" ? 0 : Number.parseInt(digits, 8);
  }
  if (!Number.isSafeInteger(value)) throw new TarError("a number in a header is too large");
  return value;
}

/**
 * The records of a pax extended header: `<length> <key>=<value>\n`, the length in bytes and counting itself. The repeated records of
 * a map of a sparse file in the format 0.0 are given as the one of 0.1.
 */
export function parsePax(bytes: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  const map: string[] = [];
  for (let position = 0; position < bytes.length && bytes[position] !== 0; ) {
    const space = bytes.indexOf(0x20, position);
    const length = space < 0 ? Number.NaN : Number(text(bytes, position, space - position));
    const end = position + length;
    if (!Number.isInteger(length) || end <= space + 1 || end > bytes.length || bytes[end - 1] !== 0x0a)
      throw new TarError("an extended header is malformed");
    const record = byteString(bytes.subarray(space + 1, end - 1));
    const equals = record.indexOf("=");
    if (equals < 1) throw new TarError("an extended header is malformed");
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    position = end;
    if (key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes") {
      if ((map.length % 2 === 0) !== (key === "GNU.sparse.offset") || value.includes(","))
        throw new TarError("an extended header is malformed");
      map.push(value);
    } else records.set(key, value);
  }
  if (map.length > 0) records.set("GNU.sparse.map", map.join(","));
  return records;
}
