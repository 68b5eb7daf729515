import { crc32 } from "node:zlib";

/** A partition as the disk's table has it, in bytes from the disk's beginning. */
export interface GptPartition {
  readonly label: string;
  readonly offset: number;
  readonly size: number;
}

const SECTOR = 512;
const SIGNATURE = "EFI PART";
const LEAST_HEADER = 92;
/** Code units of a name (UTF-16). */
const NAME_LENGTH = 36;

/**
 * Reads a GUID partition table from a disk's first bytes (a MiB is more than enough), for sectors of 512 B. Undefined when
 * there is none, or one whose checksums are wrong. Source: UEFI 2.11 §5.3.
 */
export function parseGpt(bytes: Uint8Array): readonly GptPartition[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 2 * SECTOR || ascii(bytes, SECTOR, SIGNATURE.length) !== SIGNATURE) return undefined;
  const u32 = (at: number) => view.getUint32(SECTOR + at, true);
  const headerSize = u32(12);
  if (headerSize < LEAST_HEADER || headerSize > SECTOR) return undefined;
  const header = Uint8Array.from(bytes.subarray(SECTOR, SECTOR + headerSize));
  // The checksum is taken with its own place zero.
  header.fill(0, 16, 20);
  if (crc32(header) !== u32(16)) return undefined;
  const [entriesAt, count, entrySize] = [Number(view.getBigUint64(SECTOR + 72, true)) * SECTOR, u32(80), u32(84)];
  const entriesEnd = entriesAt + count * entrySize;
  if (entrySize < 128 || entriesEnd > bytes.length || crc32(bytes.subarray(entriesAt, entriesEnd)) !== u32(88)) {
    return undefined;
  }
  const partitions: GptPartition[] = [];
  for (let at = entriesAt; at < entriesEnd; at += entrySize) {
    if (bytes.subarray(at, at + 16).every((byte) => byte === 0)) continue;
    const [first, last] = [Number(view.getBigUint64(at + 32, true)), Number(view.getBigUint64(at + 40, true))];
    partitions.push({ label: name(view, at + 56), offset: first * SECTOR, size: (last - first + 1) * SECTOR });
  }
  return partitions;
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function name(view: DataView, at: number): string {
  const units = Array.from({ length: NAME_LENGTH }, (_, index) => view.getUint16(at + 2 * index, true));
  const end = units.indexOf(0);
  return String.fromCharCode(...(end < 0 ? units : units.slice(0, end)));
}
