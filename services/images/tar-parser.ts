import { SparseFile, type SparseItem } from "./sparse-file.ts";
import {
  attributesOf,
  BLOCK,
  hasFileContent,
  parsePax,
  parseTarHeader,
  TarError,
  type TarHeader,
  text,
} from "./tar-header.ts";

/**
 * What a piece of a tar archive holds, in order; `data` belongs to the last `entry`. `offset` is where the entry's own
 * header block, behind its extensions, begins in the archive. A sparse file's data comes in segments, each named by where it is to be;
 * the last is an empty one at the file's end. `end` tells where what belongs to a sparse file ends in the archive.
 */
export type TarItem =
  | {
      readonly kind: "entry";
      readonly entry: TarHeader;
      readonly offset: number;
      readonly sparse?: { readonly size: number };
    }
  | SparseItem
  | { readonly kind: "end"; readonly offset: number };

/** Names and pax records longer than this are an attack on memory, not a file. */
const EXTENSION_LIMIT = 1024 * 1024;
/** Types of entries that have no content: hard and symbolic links, devices, directories, FIFOs. */
const WITHOUT_CONTENT = "123456";

/**
 * Takes a tar archive piece by piece and tells what is in it. Throws {@link TarError} on what it cannot follow; in
 * doubt it refuses, since whoever reads the same bytes after it must come to the same entries.
 */
export class TarParser {
  readonly #header = new Uint8Array(BLOCK);
  #filled = 0;
  /** Content and padding still to come of the current entry. */
  #content = 0;
  #padding = 0;
  #extension: { readonly type: string; readonly bytes: Uint8Array; filled: number } | undefined;
  #pax = new Map<string, string>();
  #longName: string | undefined;
  #longLink: string | undefined;
  #sparse: SparseFile | undefined;
  #zeros = 0;
  /** Bytes taken so far, and how many of them came before the first block of zeros. */
  #position = 0;
  #end: number | undefined;

  /** Whether the archive's end, two blocks of zeros, was seen. */
  get ended(): boolean {
    return this.#zeros === 2;
  }

  /** Bytes from the archive's start that belong to its entries for certain; a header not whole yet does not count. */
  get settled(): number {
    return this.#end ?? this.#position - this.#filled;
  }

  /** Zeros that are missing to the end of the last entry's block. */
  get padding(): number {
    return this.#padding;
  }

  /** Whether the archive may end here: at its end, or behind an entry (umoci leaves out the last one's padding, too). */
  get complete(): boolean {
    const between =
      this.#filled === 0 && this.#content === 0 && this.#extension === undefined && this.#sparse?.wantsBlock !== true;
    return this.ended || (between && this.#pax.size === 0 && this.#longName === undefined);
  }

  *push(chunk: Uint8Array): Generator<TarItem> {
    for (let position = 0; position < chunk.length && !this.ended; ) {
      const map = this.#sparse?.wantsBlock === true;
      if (this.#content > 0 && !map) {
        const bytes = chunk.subarray(position, position + Math.min(this.#content, chunk.length - position));
        position += bytes.length;
        this.#position += bytes.length;
        this.#content -= bytes.length;
        if (this.#extension !== undefined) this.#extend(this.#extension, bytes);
        else if (this.#sparse === undefined) yield { kind: "data", bytes };
        else yield* this.#sparseContent(this.#sparse, bytes);
      } else if (this.#padding > 0 && !map) {
        const skipped = Math.min(this.#padding, chunk.length - position);
        position += skipped;
        this.#position += skipped;
        this.#padding -= skipped;
        yield* this.#sparseEnd();
      } else {
        const taken = chunk.subarray(position, position + BLOCK - this.#filled);
        this.#header.set(taken, this.#filled);
        this.#filled += taken.length;
        position += taken.length;
        this.#position += taken.length;
        if (this.#filled === BLOCK) yield* this.#block();
      }
    }
  }

  *#block(): Generator<TarItem> {
    this.#filled = 0;
    if (this.#sparse?.wantsBlock === true) {
      this.#sparse.takeBlock(this.#header);
      if (!this.#sparse.wantsBlock) yield* this.#sparseContent(this.#sparse, EMPTY);
      return;
    }
    const header = parseTarHeader(this.#header);
    if (header === undefined) {
      this.#end ??= this.#position - BLOCK;
      this.#zeros++;
      return;
    }
    if (this.#zeros > 0) throw new TarError("an entry follows a block of zeros");
    if ("xgLK".includes(header.type)) {
      if (header.size === 0 || header.size > EXTENSION_LIMIT)
        throw new TarError("an extended header has no usable size");
      this.#extension = { type: header.type, bytes: new Uint8Array(header.size), filled: 0 };
      this.#expect(header.size);
      return;
    }
    const { entry, sparse } = this.#extended(header);
    this.#expect(entry.size);
    const offset = this.#position - BLOCK;
    this.#sparse = sparse;
    if (sparse === undefined) {
      yield { kind: "entry", entry, offset };
      return;
    }
    yield { kind: "entry", entry, offset, sparse: { size: sparse.size } };
    if (!sparse.wantsBlock) yield* this.#sparseContent(sparse, EMPTY);
  }

  *#sparseContent(file: SparseFile, bytes: Uint8Array): Generator<TarItem> {
    yield* file.content(bytes);
    if (this.#content === 0 && !file.complete) throw new TarError("the map of a sparse file breaks off");
    yield* this.#sparseEnd();
  }

  /** Tells a sparse file's end once its content and the padding behind it have passed. */
  *#sparseEnd(): Generator<TarItem> {
    if (this.#sparse === undefined || this.#content > 0 || this.#padding > 0) return;
    this.#sparse = undefined;
    yield { kind: "end", offset: this.#position };
  }

  #expect(size: number): void {
    this.#content = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
  }

  #extend(extension: { readonly type: string; readonly bytes: Uint8Array; filled: number }, piece: Uint8Array): void {
    extension.bytes.set(piece, extension.filled);
    extension.filled += piece.length;
    if (extension.filled < extension.bytes.length) return;
    this.#extension = undefined;
    switch (extension.type) {
      case "x":
        this.#pax = parsePax(extension.bytes);
        break;
      case "g":
        // Global records that change entries are unknown in images, and readers differ on them.
        for (const key of parsePax(extension.bytes).keys())
          if (["path", "linkpath", "size"].includes(key) || key.startsWith("GNU.sparse."))
            throw new TarError(`a global header sets ${key}`);
        break;
      case "L":
        this.#longName = text(extension.bytes);
        break;
      case "K":
        this.#longLink = text(extension.bytes);
        break;
    }
  }

  /** The header with what the extensions before it say; a sparse file's as that of a file. */
  #extended(header: TarHeader): { readonly entry: TarHeader; readonly sparse: SparseFile | undefined } {
    const paxSize = this.#pax.get("size");
    if (paxSize !== undefined && !/^\d{1,15}$/.test(paxSize)) throw new TarError("an extended header has a wrong size");
    const entry: TarHeader = {
      name: this.#pax.get("GNU.sparse.name") ?? this.#pax.get("path") ?? this.#longName ?? header.name,
      link: this.#pax.get("linkpath") ?? this.#longLink ?? header.link,
      type: header.type === "S" ? "0" : header.type,
      size: paxSize === undefined ? header.size : Number(paxSize),
      device: header.device,
      attributes: attributesOf(this.#pax),
    };
    const sparse =
      header.type === "S"
        ? SparseFile.ofHeader(entry.name, this.#header, entry.size)
        : SparseFile.ofRecords(entry.name, this.#pax, entry.size);
    if (sparse !== undefined && (!hasFileContent(entry) || entry.name.endsWith("/")))
      throw new TarError(`${JSON.stringify(entry.name)} is sparse and no file`);
    this.#pax = new Map();
    this.#longName = undefined;
    this.#longLink = undefined;
    // Some readers skip such content, others take it for the next header.
    if (entry.size > 0 && WITHOUT_CONTENT.includes(entry.type))
      throw new TarError(`${entry.name} has content, which its type forbids`);
    return { entry, sparse };
  }
}

const EMPTY = new Uint8Array(0);
