import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";

const BLOCK = 4096;

/** Writes to a file of its own, as SQLite's write-ahead log does: in place, a page at a time. */
export class SyncedFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #block = Buffer.alloc(BLOCK);

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, "w", 0o600);
  }

  /** Writes one page over the last one and waits for the disk; gives the milliseconds it took. */
  sync(): number {
    this.#block.writeDoubleLE(performance.now());
    const before = performance.now();
    writeSync(this.#descriptor, this.#block, 0, BLOCK, 0);
    fdatasyncSync(this.#descriptor);
    return performance.now() - before;
  }

  close(): void {
    closeSync(this.#descriptor);
    rmSync(this.#path, { force: true });
  }
}
