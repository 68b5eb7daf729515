import { type Output, printLine } from "./io.ts";
import { fit } from "./terminal-text.ts";

const CLEAR_BELOW = "\u001b[J";

/** Shows lines in the place of those shown before on a terminal, one block after another elsewhere. */
export class LiveTable {
  readonly #output: Output;
  #height = 0;
  #shown = false;

  constructor(output: Output) {
    this.#output = output;
  }

  show(lines: readonly string[]): void {
    const columns = this.#output.columns();
    if (columns === undefined) {
      if (this.#shown) printLine(this.#output, "");
      for (const line of lines) printLine(this.#output, line);
    } else {
      // A line that is cut takes one row, so that the way back up is known.
      const text = lines.map((line) => `${fit(line, columns)}\n`).join("");
      const up = this.#height > 0 ? `\u001b[${this.#height}A` : "";
      this.#output.write(`${up}\r${CLEAR_BELOW}${text}`);
      this.#height = lines.length;
    }
    this.#shown = true;
  }
}
