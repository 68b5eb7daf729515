import type { LogLine } from "../model/log-line.ts";
import { Allowance } from "./allowance.ts";
import { droppedEntry, entryHead } from "./entry.ts";
import { LineSplitter, type Piece } from "./line-splitter.ts";
import type { RotatedFile } from "./rotated-file.ts";

const OVER_RATE = "more than the workload's logs.rate";
const NO_ROOM = "they could not be written";

/** Lines are written so many bytes at a time; a file ends so much before its size at most. */
const BATCH = 32 * 1024;

/** What one instance of a workload writes: both its streams, within the rate, in the workload's files. */
export class InstanceLog {
  readonly #file: RotatedFile;
  readonly #allowance: Allowance;
  readonly #splitters = { stdout: new LineSplitter(), stderr: new LineSplitter() };
  #dropped = 0;
  #unwritten = 0;

  constructor(file: RotatedFile, rate: number, now: number) {
    this.#file = file;
    this.#allowance = new Allowance(rate, now);
  }

  /** Takes what the workload wrote. Gives whether lines were dropped of which {@link tell} has not told yet. */
  take(stream: LogLine["stream"], chunk: Uint8Array, at: Date, now: number): boolean {
    this.#allowance.fill(now);
    return this.#write(stream, this.#splitters[stream].push(chunk), at);
  }

  /** Takes a stream's end: a last line without its line end. */
  end(stream: LogLine["stream"], at: Date): void {
    this.#write(stream, this.#splitters[stream].end(), at);
  }

  /** Writes how many lines were dropped since it last did, if any. */
  tell(at: Date): void {
    const [dropped, unwritten] = [this.#dropped, this.#unwritten];
    this.#dropped = 0;
    this.#unwritten = 0;
    const text =
      (dropped > 0 ? droppedEntry(at, dropped, OVER_RATE) : "") +
      (unwritten > 0 ? droppedEntry(at, unwritten, NO_ROOM) : "");
    if (text !== "" && !this.#append(new TextEncoder().encode(text))) {
      this.#dropped += dropped;
      this.#unwritten += unwritten;
    }
  }

  #write(stream: LogLine["stream"], pieces: Iterable<Piece>, at: Date): boolean {
    const heads = { F: encode(entryHead(at, stream, "F")), P: encode(entryHead(at, stream, "P")) };
    let batch: Uint8Array[] = [];
    let bytes = 0;
    const flush = () => {
      if (batch.length > 0 && !this.#append(Buffer.concat(batch))) this.#unwritten += batch.length / 3;
      batch = [];
      bytes = 0;
    };
    for (const piece of pieces) {
      if (!this.#allowance.take(piece.bytes.length)) {
        this.#dropped++;
        continue;
      }
      const head = heads[piece.whole ? "F" : "P"];
      const length = head.length + piece.bytes.length + 1;
      if (bytes + length > BATCH) flush();
      batch.push(head, piece.bytes, LINE_END);
      bytes += length;
    }
    flush();
    return this.#dropped + this.#unwritten > 0;
  }

  #append(lines: Uint8Array): boolean {
    try {
      this.#file.append(lines);
      return true;
    } catch {
      // Most likely the disk is full. The workload must not wait for that to pass.
      this.#file.closeFile();
      return false;
    }
  }
}

const LINE_END = encode("\n");

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
