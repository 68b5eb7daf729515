import type { LogLine } from "../model/log-line.ts";

const MOST_LINES = 200;
const MOST_CHARACTERS = 128 * 1024;

/** Gathers lines until they are worth a message. */
export class LineBatch {
  #lines: LogLine[] = [];
  #characters = 0;

  /** Adds a line. Gives whether the batch is full. */
  add(line: LogLine): boolean {
    this.#lines.push(line);
    this.#characters += line.message.length + 64;
    return this.#lines.length >= MOST_LINES || this.#characters >= MOST_CHARACTERS;
  }

  get empty(): boolean {
    return this.#lines.length === 0;
  }

  /** Takes the lines out. */
  take(): LogLine[] {
    const lines = this.#lines;
    this.#lines = [];
    this.#characters = 0;
    return lines;
  }
}
