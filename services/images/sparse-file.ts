import { BLOCK, headerNumber, TarError } from "./tar-header.ts";

/** A part of a file that is not a hole. */
export interface Segment {
  readonly at: number;
  readonly size: number;
}

/** What the content of a sparse file tells, in order: where its next data is to be, then the data. The last is an empty one at its end. */
export type SparseItem =
  | { readonly kind: "segment"; readonly segment: Segment }
  | { readonly kind: "data"; readonly bytes: Uint8Array };

/** More parts than any file has; beyond it somebody is after our memory. */
const MOST_SEGMENTS = 262_144;
/** Most digits of a number in a map. */
const DIGITS = /^\d{1,15}$/;

/**
 * A file whose holes are left out of the archive, in one of GNU tar's four ways: type `S`, with a map in the header and blocks
 * behind it; pax 0.0 and 0.1, with the map in records; pax 1.0, with the map before the data. Throws {@link TarError} for a map
 * that does not rise, leads beyond the file's end, or does not fit what is stored.
 * Source: GNU tar's manual, appendix Sparse Formats.
 */
export class SparseFile {
  /** Bytes of the file, its holes among them. */
  readonly size: number;
  readonly #name: string;
  readonly #segments: Segment[] = [];
  /** Content of the entry that is data. */
  #stored: number;
  #blocks = false;
  #map: { text: string; numbers: number[]; taken: number; done: boolean } | undefined;
  #next = 0;
  #left = 0;

  private constructor(name: string, size: number, stored: number) {
    this.#name = name;
    this.size = size;
    this.#stored = stored;
  }

  /** By a header block of type `S`. Source: GNU tar's src/tar.h, struct oldgnu_header. */
  static ofHeader(name: string, block: Uint8Array, stored: number): SparseFile {
    const file = new SparseFile(name, headerNumber(block, 483, 12), stored);
    file.#blocks = file.#takeEntries(block, 386, 4, block[482] === 1);
    return file;
  }

  /** By pax records; undefined where they are of no sparse file. */
  static ofRecords(name: string, records: ReadonlyMap<string, string>, stored: number): SparseFile | undefined {
    const record = (key: string) => records.get(`GNU.sparse.${key}`);
    if (![...records.keys()].some((key) => key.startsWith("GNU.sparse."))) return undefined;
    const major = record("major");
    const version = major === undefined ? "0.1" : `${major}.${record("minor") ?? 0}`;
    const size = record("realsize") ?? record("size");
    if (size === undefined || !DIGITS.test(size)) throw wrong(name, "its size is no usable number");
    const file = new SparseFile(name, Number(size), stored);
    if (version === "1.0") {
      file.#map = { text: "", numbers: [], taken: 0, done: false };
      return file;
    }
    if (version !== "0.0" && version !== "0.1") throw wrong(name, `its format ${version} is not known`);
    const map = record("map") ?? (record("numblocks") === "0" ? "" : undefined);
    if (map === undefined) throw wrong(name, "it has no map");
    const numbers = map === "" ? [] : map.split(",").map((digits) => file.#number(digits));
    file.#addPairs(numbers);
    return file;
  }

  /** Whether a block of the map is to come before the content. */
  get wantsBlock(): boolean {
    return this.#blocks;
  }

  /** Whether all its content was told. */
  get complete(): boolean {
    return this.#next > this.#segments.length;
  }

  /** Takes a block of the map. */
  takeBlock(block: Uint8Array): void {
    this.#blocks = this.#takeEntries(block, 0, 21, block[504] === 1);
  }

  /** Takes a piece of the entry's content, which may be empty. Call it with nothing once before the first. */
  *content(bytes: Uint8Array): Generator<SparseItem> {
    let rest = bytes;
    if (this.#map !== undefined) {
      rest = this.#readMap(this.#map, bytes);
      if (!this.#map.done) return;
      this.#stored -= this.#map.taken;
      this.#map = undefined;
    }
    if (this.#next === 0) {
      const total = this.#segments.reduce((sum, { size }) => sum + size, 0);
      if (total !== this.#stored) throw wrong(this.#name, "its map does not fit what is stored of it");
      yield* this.#advance();
    }
    while (rest.length > 0) {
      const piece = rest.subarray(0, Math.min(this.#left, rest.length));
      rest = rest.subarray(piece.length);
      this.#left -= piece.length;
      yield { kind: "data", bytes: piece };
      if (this.#left === 0) yield* this.#advance();
    }
  }

  /** Goes on to the next segment; behind the last to the file's end. */
  *#advance(): Generator<SparseItem> {
    const segment = this.#segments[this.#next] ?? { at: this.size, size: 0 };
    this.#next++;
    this.#left = segment.size;
    yield { kind: "segment", segment };
  }

  /** Takes entries of a map in a block; gives whether another block follows. */
  #takeEntries(block: Uint8Array, start: number, count: number, more: boolean): boolean {
    for (let index = 0; index < count; index++) {
      const at = start + 24 * index;
      if (block[at + 12] === 0) {
        if (more) throw wrong(this.#name, "its map goes on behind its end");
        return false;
      }
      this.#add(headerNumber(block, at, 12), headerNumber(block, at + 12, 12));
    }
    return more;
  }

  /** Reads the map before the data: lines of decimal numbers, the count of pairs first, to the end of its block. Gives what is behind it. */
  #readMap(map: { text: string; numbers: number[]; taken: number; done: boolean }, bytes: Uint8Array): Uint8Array {
    const wanted = () => 1 + 2 * (map.numbers[0] ?? 0);
    let at = 0;
    while (at < bytes.length && (map.numbers.length === 0 || map.numbers.length < wanted())) {
      const byte = bytes[at++] ?? 0;
      map.taken++;
      if (byte !== 0x0a) {
        map.text += String.fromCharCode(byte);
        if (map.text.length > 15) throw wrong(this.#name, "its map is no list of numbers");
        continue;
      }
      map.numbers.push(this.#number(map.text));
      map.text = "";
      if ((map.numbers[0] ?? 0) > MOST_SEGMENTS) throw wrong(this.#name, `it has more than ${MOST_SEGMENTS} parts`);
    }
    if (map.numbers.length === 0 || map.numbers.length < wanted()) return bytes.subarray(at);
    const padding = Math.min((BLOCK - (map.taken % BLOCK)) % BLOCK, bytes.length - at);
    map.taken += padding;
    at += padding;
    if (map.taken % BLOCK === 0) {
      map.done = true;
      this.#addPairs(map.numbers.slice(1));
    }
    return bytes.subarray(at);
  }

  #addPairs(numbers: readonly number[]): void {
    if (numbers.length % 2 !== 0) throw wrong(this.#name, "its map has an odd number of numbers");
    for (let index = 0; index < numbers.length; index += 2) this.#add(numbers[index] ?? 0, numbers[index + 1] ?? 0);
  }

  #add(at: number, size: number): void {
    const before = this.#segments.at(-1);
    if (at < (before === undefined ? 0 : before.at + before.size)) throw wrong(this.#name, "its map does not rise");
    if (at + size > this.size) throw wrong(this.#name, "its map leads beyond its end");
    if (this.#segments.length >= MOST_SEGMENTS) throw wrong(this.#name, `it has more than ${MOST_SEGMENTS} parts`);
    // Empty ones only mark where a hole ends.
    if (size > 0) this.#segments.push({ at, size });
  }

  #number(digits: string): number {
    if (!DIGITS.test(digits)) throw wrong(this.#name, "its map is no list of numbers");
    return Number(digits);
  }
}

function wrong(name: string, why: string): TarError {
  return new TarError(`${JSON.stringify(name)} is a sparse file, and ${why}`);
}
