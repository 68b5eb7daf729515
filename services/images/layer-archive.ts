import { ImpliedDirectories } from "./implied-directories.ts";
import { LayerRules } from "./layer-rules.ts";
import { OutlineRecorder } from "./outline.ts";
import { BLOCK, TarError, type TarHeader } from "./tar-header.ts";
import { TarParser } from "./tar-parser.ts";
import { ARCHIVE_END, directoryEntry, makeDirectory, renameRoot } from "./tar-writer.ts";

/**
 * A layer's archive on its way to mkfs.erofs 1.8, which hangs on one that breaks off, cannot be asked whether one is
 * whole, makes directories that are only implied world-writable, crashes on a root named `/` (umoci writes one), and does
 * not know directories by their names alone, as tar had them before ustar. So the archive is followed, held to
 * {@link LayerRules}, such headers are mended, and the missing directories put at its end. Throws {@link TarError}.
 */
export class LayerArchive {
  readonly #parser = new TarParser();
  readonly #rules = new LayerRules();
  readonly #implied = new ImpliedDirectories();
  /** The beginning of a header, held back: it may turn out to be the old end. */
  #held = new Uint8Array(0);
  /** Bytes of the archive handed on so far. */
  #sent = 0;
  readonly #recorder = new OutlineRecorder();
  #outline: Uint8Array = new Uint8Array(0);

  /** The outline's records of the piece taken last. */
  get outline(): Uint8Array {
    return this.#outline;
  }

  /** Takes a piece as it comes and gives what is to be handed on now. */
  push(chunk: Uint8Array): Uint8Array[] {
    const ended = this.#parser.ended;
    const items = [...this.#parser.push(chunk)];
    this.#outline = this.#recorder.take(chunk, items);
    if (ended) return [];
    const mendings: { readonly offset: number; readonly mend: (block: Uint8Array) => void }[] = [];
    for (const item of items) {
      if (item.kind !== "entry") continue;
      this.#rules.check(item.entry);
      this.#implied.add(item.entry);
      const mend = mendingOf(item.entry);
      if (mend !== undefined) mendings.push({ offset: item.offset, mend });
    }
    const start = this.#sent + this.#held.length;
    const settled = this.#parser.settled;
    if (settled === this.#sent) {
      this.#held = joined([this.#held, chunk]);
      return [];
    }
    let pieces = [this.#held, chunk.subarray(0, settled - start)].filter(({ length }) => length > 0);
    if (mendings.length > 0) {
      const whole = joined(pieces);
      for (const { offset, mend } of mendings) mend(whole.subarray(offset - this.#sent, offset - this.#sent + BLOCK));
      pieces = [whole];
    }
    this.#held = chunk.slice(settled - start);
    this.#sent = settled;
    return pieces;
  }

  /** The archive's end, to be handed on last. */
  finish(): Uint8Array {
    if (!this.#parser.complete) throw new TarError("the archive breaks off");
    const directories = this.#implied.missing().map(({ path, mode }) => directoryEntry(path, mode));
    return joined([new Uint8Array(this.#parser.padding), ...directories, ARCHIVE_END]);
  }
}

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
