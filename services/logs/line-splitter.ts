/** A line longer than this comes in pieces, in bytes (Kubernetes' and containerd's 16 KiB). */
export const LONGEST_LINE = 16 * 1024;

const NEWLINE = 10;

/** A line, or a piece of one that is longer than {@link LONGEST_LINE}. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** Whether the line ends with it. */
  readonly whole: boolean;
}

/** Cuts what a process writes into lines, whatever the pieces in which it comes. Bytes are left as they are. */
export class LineSplitter {
  #rest: Uint8Array = new Uint8Array();

  /** The lines that `chunk` completes. */
  *push(chunk: Uint8Array): Generator<Piece> {
    const bytes = this.#rest.length === 0 ? chunk : concatenate(this.#rest, chunk);
    let from = 0;
    for (;;) {
      const newline = bytes.indexOf(NEWLINE, from);
      const end = newline === -1 ? bytes.length : newline;
      while (end - from > LONGEST_LINE) {
        yield { bytes: bytes.subarray(from, from + LONGEST_LINE), whole: false };
        from += LONGEST_LINE;
      }
      if (newline === -1) break;
      yield { bytes: bytes.subarray(from, newline), whole: true };
      from = newline + 1;
    }
    // A copy: the chunk's memory is large, and what is left of it is not.
    this.#rest = bytes.slice(from);
  }

  /** What came after the last line end. */
  *end(): Generator<Piece> {
    if (this.#rest.length > 0) yield { bytes: this.#rest, whole: true };
    this.#rest = new Uint8Array();
  }
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}
