import { ImpliedDirectories } from "./implied-directories.ts";
import { LayerRules } from "./layer-rules.ts";
import { OutlineRecorder } from "./outline.ts";
import { BLOCK, TarError, type TarHeader } from "./tar-header.ts";
import { type TarItem, TarParser } from "./tar-parser.ts";
import {
  ARCHIVE_END,
  directoryEntry,
  extendedHeader,
  fileBlock,
  makeDirectory,
  padding,
  renameRoot,
} from "./tar-writer.ts";

/**
 * A layer's archive on its way to mkfs.erofs 1.8, which hangs on one that breaks off, cannot be asked whether one is
 * whole, makes directories that are only implied world-writable, crashes on a root named `/` (umoci writes one), does
 * not know directories by their names alone, as tar had them before ustar, and no sparse files. So the archive is followed, held to
 * {@link LayerRules}, such headers are mended, holes written out as zeros, which it packs away, and the missing directories put at
 * its end. Throws {@link TarError}.
 */
export class LayerArchive {
  readonly #parser = new TarParser();
  readonly #rules = new LayerRules();
  readonly #implied = new ImpliedDirectories();
  /** The beginning of a header, held back: it may turn out to be the old end. */
  #held = new Uint8Array(0);
  /** Bytes of the archive dealt with so far. */
  #position = 0;
  /** The sparse file in hand, and how much of it was handed on. */
  #sparse: { readonly size: number; written: number } | undefined;
  readonly #recorder = new OutlineRecorder();
  #outline: Uint8Array = new Uint8Array(0);
  #holes = 0;

  /** The outline's records of the piece taken last. */
  get outline(): Uint8Array {
    return this.#outline;
  }

  /** Bytes that the holes of the sparse files which begin in the piece taken last are to come to. */
  get holes(): number {
    return this.#holes;
  }

  /** Takes a piece as it comes and gives what is to be handed on now, to be read before the next one is taken. */
  push(chunk: Uint8Array): Iterable<Uint8Array> {
    const ended = this.#parser.ended;
    const items = [...this.#parser.push(chunk)];
    this.#outline = this.#recorder.take(chunk, items);
    this.#holes = 0;
    if (ended) return [];
    for (const item of items) {
      if (item.kind !== "entry") continue;
      this.#rules.check(item.entry);
      this.#implied.add(item.entry);
      if (item.sparse !== undefined) this.#holes += Math.max(0, item.sparse.size - item.entry.size);
    }
    const { settled } = this.#parser;
    const whole = joined([this.#held, chunk]);
    const start = this.#position;
    this.#held = whole.slice(settled - start);
    this.#position = settled;
    return this.#relay(items, { bytes: whole, start, end: settled });
  }

  /** The archive's end, to be handed on last. */
  finish(): Uint8Array {
    if (!this.#parser.complete) throw new TarError("the archive breaks off");
    const directories = this.#implied.missing().map(({ path, mode }) => directoryEntry(path, mode));
    // A sparse file's own padding is not handed on.
    const missing = this.#sparse === undefined ? this.#parser.padding : 0;
    return joined([new Uint8Array(missing), ...directories, ARCHIVE_END]);
  }

  /** What the bytes from `start` to `end` of the archive become. */
  *#relay(
    items: readonly TarItem[],
    { bytes, start, end }: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
  ): Generator<Uint8Array> {
    let relayed = start;
    const part = (to: number) => {
      const piece = bytes.subarray(relayed - start, to - start);
      relayed = to;
      return piece;
    };
    for (const item of items) {
      switch (item.kind) {
        case "entry": {
          const block = bytes.subarray(item.offset - start, item.offset - start + BLOCK);
          if (item.sparse === undefined) {
            mendingOf(item.entry)?.(block);
            break;
          }
          if (item.offset > relayed) yield part(item.offset);
          const { size } = item.sparse;
          this.#sparse = { size, written: 0 };
          yield extendedHeader({ path: item.entry.name, size: `${size}` });
          yield fileBlock(block);
          break;
        }
        case "segment":
          yield* this.#hole(item.segment.at);
          break;
        case "data":
          if (this.#sparse === undefined) break;
          this.#sparse.written += item.bytes.length;
          yield item.bytes;
          break;
        case "end":
          this.#sparse = undefined;
          relayed = item.offset;
          break;
      }
    }
    if (this.#sparse === undefined && end > relayed) yield part(end);
  }

  /** Zeros up to a place in the sparse file in hand, and behind its end what its block needs. */
  *#hole(to: number): Generator<Uint8Array> {
    const file = this.#sparse;
    if (file === undefined) return;
    for (; file.written < to; ) {
      const piece = ZEROS.subarray(0, Math.min(ZEROS.length, to - file.written));
      file.written += piece.length;
      yield piece;
    }
    if (to === file.size) yield padding(file.size);
  }
}

/** A piece of a hole. */
const ZEROS = new Uint8Array(256 * 1024);

/** What is to be changed of an entry's header before mkfs.erofs sees it. */
function mendingOf({ name, type, size }: TarHeader): ((block: Uint8Array) => void) | undefined {
  if (/^\/+$/.test(name)) return renameRoot;
  return "0\0".includes(type) && name.endsWith("/") && size === 0 ? makeDirectory : undefined;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
