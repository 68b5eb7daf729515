import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmdirSync, rmSync, statSync, writeSync } from "node:fs";
import { logFile } from "./places.ts";

/**
 * The newest of what is appended: at most `files` files of `size` bytes, the oldest deleted when a new one begins. Its folder is
 * held open: where that is put aside, what is appended goes with it.
 */
export class RotatedFile {
  readonly #path: string;
  #size = 0;
  #files = 1;
  #settled = false;
  #folder: number | undefined;
  #open: { readonly descriptor: number; bytes: number } | undefined;

  constructor(path: string, bounds: { readonly size: number; readonly files: number }) {
    this.#path = path;
    this.bound(bounds);
  }

  /** Changes how much is kept, from the next file on. Whoever says so goes on writing. */
  bound({ size, files }: { readonly size: number; readonly files: number }): void {
    this.#size = size;
    this.#files = files;
    this.#settled = false;
  }

  /** Nobody writes any more: what is left to be read is appended where its folder is, and let go where that was deleted. */
  settle(): void {
    this.#settled = true;
  }

  /** Makes the folder, so that what comes late finds it wherever it was put. Throws where the disk is full. */
  make(): void {
    this.#opened();
  }

  /** Takes the folder away again where nothing was written. */
  discard(): void {
    try {
      rmdirSync(this.#path);
    } catch {
      // It holds something, or is not there.
    }
  }

  /** Appends whole lines at once, in the file they fit in. Throws where the disk is full. */
  append(lines: Uint8Array): void {
    let open = this.#openFile();
    if (open.bytes > 0 && open.bytes + lines.length > this.#size) {
      this.#rotate();
      open = this.#openFile();
    }
    for (let written = 0; written < lines.length; ) {
      const more = writeSync(open.descriptor, lines, written);
      written += more;
      open.bytes += more;
    }
  }

  /** Whether its folder was deleted or put aside: it is not at its path any more. */
  get gone(): boolean {
    if (this.#folder === undefined) return false;
    return statSync(this.#path, { throwIfNoEntry: false })?.ino !== fstatSync(this.#folder).ino;
  }

  /** Closes the file that is written to; the next line opens it again. */
  closeFile(): void {
    if (this.#open !== undefined) closeSync(this.#open.descriptor);
    this.#open = undefined;
  }

  close(): void {
    this.closeFile();
    if (this.#folder !== undefined) closeSync(this.#folder);
    this.#folder = undefined;
  }

  #openFile() {
    this.#open ??= this.#begin();
    return this.#open;
  }

  #begin() {
    const open = () => openSync(logFile(this.#opened(), 0), "a", 0o600);
    let descriptor: number;
    try {
      descriptor = open();
    } catch (error) {
      // Nothing can be made in a folder that was deleted.
      if (this.#settled || this.#folder === undefined || !this.gone) throw error;
      this.close();
      descriptor = open();
    }
    return { descriptor, bytes: fstatSync(descriptor).size };
  }

  /** The folder's path through its descriptor, which leads to it wherever it is (proc_pid_fd(5)). */
  #opened(): string {
    if (this.#folder === undefined) {
      if (this.#settled) throw new Error(`${this.#path} is not written to any more`);
      mkdirSync(this.#path, { recursive: true, mode: 0o700 });
      this.#folder = openSync(this.#path, "r");
    }
    return `/proc/self/fd/${this.#folder}`;
  }

  #rotate(): void {
    this.closeFile();
    const folder = this.#opened();
    rmSync(logFile(folder, this.#files - 1), { force: true });
    for (let number = this.#files - 2; number >= 0; number--) {
      try {
        renameSync(logFile(folder, number), logFile(folder, number + 1));
      } catch {
        // There are not that many yet, or the folder was deleted with its workload.
      }
    }
  }
}
