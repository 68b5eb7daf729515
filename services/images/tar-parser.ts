import { attributesOf, BLOCK, parsePax, parseTarHeader, TarError, type TarHeader, text } from "./tar-header.ts";

/**
 * What a piece of a tar archive holds, in order; `data` belongs to the last `entry`. `offset` is where the entry's own
 * header block, behind its extensions, begins in the archive.
 */
export type TarItem =
  | { readonly kind: "entry"; readonly entry: TarHeader; readonly offset: number }
  | { readonly kind: "data"; readonly bytes: Uint8Array };

/** Names and pax records longer than this are an attack on memory, not a file. */
const EXTENSION_LIMIT = 1024 * 1024;
/** Types of entries that have no content: hard and symbolic links, devices, directories, FIFOs. */
const WITHOUT_CONTENT = "123456";

/**
 * Takes a tar archive piece by piece and tells what is in it. Throws {@link TarError} on what it cannot follow; in
 * doubt it refuses, since whoever reads the same bytes after it must come to the same entries.
 */
export class TarParser {
  readonly #sparse: boolean;
  readonly #header = new Uint8Array(BLOCK);
  #filled = 0;
  /** Content and padding still to come of the current entry. */
  #content = 0;
  #padding = 0;
  #extension: { readonly type: string; readonly bytes: Uint8Array; filled: number } | undefined;
  #pax = new Map<string, string>();
  #longName: string | undefined;
  #longLink: string | undefined;
  #zeros = 0;
  /** Bytes taken so far, and how many of them came before the first block of zeros. */
  #position = 0;
  #end: number | undefined;

  /** @param options.sparse takes GNU tar's sparse files of the pax formats; their data is told as it is stored */
  constructor(options: { readonly sparse?: boolean } = {}) {
    this.#sparse = options.sparse ?? false;
  }

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
    const between = this.#filled === 0 && this.#content === 0 && this.#extension === undefined;
    return this.ended || (between && this.#pax.size === 0 && this.#longName === undefined);
  }

  *push(chunk: Uint8Array): Generator<TarItem> {
    for (let position = 0; position < chunk.length && !this.ended; ) {
      if (this.#content > 0) {
        const bytes = chunk.subarray(position, position + Math.min(this.#content, chunk.length - position));
        position += bytes.length;
        this.#position += bytes.length;
        this.#content -= bytes.length;
        if (this.#extension === undefined) yield { kind: "data", bytes };
        else this.#extend(this.#extension, bytes);
      } else if (this.#padding > 0) {
        const skipped = Math.min(this.#padding, chunk.length - position);
        position += skipped;
        this.#position += skipped;
        this.#padding -= skipped;
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
    const entry = this.#extended(header);
    this.#expect(entry.size);
    yield { kind: "entry", entry, offset: this.#position - BLOCK };
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

  /** The header with what the extensions before it say. */
  #extended(header: TarHeader): TarHeader {
    const sparse = header.type === "S" || [...this.#pax.keys()].some((key) => key.startsWith("GNU.sparse."));
    if (sparse && (!this.#sparse || header.type === "S"))
      throw new TarError(`${header.name} is a sparse file, which cannot be unpacked here`);
    const paxSize = this.#pax.get("size");
    if (paxSize !== undefined && !/^\d{1,15}$/.test(paxSize)) throw new TarError("an extended header has a wrong size");
    const entry: TarHeader = {
      name: this.#pax.get("GNU.sparse.name") ?? this.#pax.get("path") ?? this.#longName ?? header.name,
      link: this.#pax.get("linkpath") ?? this.#longLink ?? header.link,
      type: header.type,
      size: paxSize === undefined ? header.size : Number(paxSize),
      device: header.device,
      attributes: attributesOf(this.#pax),
    };
    this.#pax = new Map();
    this.#longName = undefined;
    this.#longLink = undefined;
    // Some readers skip such content, others take it for the next header.
    if (entry.size > 0 && WITHOUT_CONTENT.includes(entry.type))
      throw new TarError(`${entry.name} has content, which its type forbids`);
    return entry;
  }
}
