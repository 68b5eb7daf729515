/** Cuts a stream of text into lines; what comes after the last newline is kept for the next piece. */
export class LineSplitter {
  #rest = "";

  /** Takes a piece of text and returns the lines that it completed. */
  push(text: string): string[] {
    const parts = (this.#rest + text).split("\n");
    this.#rest = parts.pop() ?? "";
    return parts.map((line) => line.replace(/\r+$/u, ""));
  }

  /** What has come since the last newline. */
  get rest(): string {
    return this.#rest;
  }
}
