import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { logFile } from "./places.ts";

/** The newest of what is appended: at most `files` files of `size` bytes, the oldest deleted when a new one begins. */
export class RotatedFile {
  readonly #folder: string;
  #size = 0;
  #files = 1;
  #open: { readonly descriptor: number; bytes: number } | undefined;

  constructor(folder: string, bounds: { readonly size: number; readonly files: number }) {
    this.#folder = folder;
    this.bound(bounds);
  }

  /** Changes how much is kept, from the next file on. */
  bound({ size, files }: { readonly size: number; readonly files: number }): void {
    this.#size = size;
    this.#files = files;
  }

  /** Appends whole lines at once, in the file they fit in. Throws where the disk is full. */
  append(lines: Uint8Array): void {
    let open = this.#opened();
    if (open.bytes > 0 && open.bytes + lines.length > this.#size) {
      this.#rotate();
      open = this.#opened();
    }
    for (let written = 0; written < lines.length; ) {
      const more = writeSync(open.descriptor, lines, written);
      written += more;
      open.bytes += more;
    }
  }

  /** Whether what it writes to was deleted or put aside: it is not at its path any more. */
  get gone(): boolean {
    if (this.#open === undefined) return false;
    const there = statSync(logFile(this.#folder, 0), { throwIfNoEntry: false });
    return there?.ino !== fstatSync(this.#open.descriptor).ino;
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  #opened() {
    if (this.#open === undefined) {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const descriptor = openSync(logFile(this.#folder, 0), "a", 0o600);
      this.#open = { descriptor, bytes: fstatSync(descriptor).size };
    }
    return this.#open;
  }

  #rotate(): void {
    this.close();
    rmSync(logFile(this.#folder, this.#files - 1), { force: true });
    for (let number = this.#files - 2; number >= 0; number--) {
      try {
        renameSync(logFile(this.#folder, number), logFile(this.#folder, number + 1));
      } catch {
        // There are not that many yet, or the folder was deleted with its workload.
      }
    }
  }
}
