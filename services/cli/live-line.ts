import { type Output, printLine } from "./io.ts";
import { type OrderView, plainLine, progressLine } from "./progress-line.ts";
import { fit } from "./terminal-text.ts";

const CLEAR_LINE = "\r\u001b[K";
/** Between two looks at whether the line has changed: news may come faster than anybody reads. */
const DRAW_MILLISECONDS = 100;

/** Shows an order's view as it changes: one line drawn over and over on a terminal, plain lines elsewhere. */
export class LiveLine {
  readonly #output: Output;
  readonly #began = performance.now();
  readonly #clock: ReturnType<typeof setInterval> | undefined;
  #view: OrderView;
  #drawn = "";

  constructor(output: Output, view: OrderView) {
    this.#output = output;
    this.#view = view;
    if (output.columns() === undefined) return;
    this.#clock = setInterval(() => this.#draw(), DRAW_MILLISECONDS);
    this.#draw();
  }

  show(view: OrderView): void {
    const before = this.#view;
    this.#view = view;
    if (this.#output.columns() !== undefined) {
      if (before.status !== view.status) this.#draw();
      return;
    }
    const line = plainLine(before, view);
    if (line !== undefined) printLine(this.#output, line);
  }

  /** Ends the live line; on a terminal its last state stays, `lastWord` in its place where given. */
  end(lastWord?: string): void {
    clearInterval(this.#clock);
    const columns = this.#output.columns();
    if (columns === undefined) return;
    if (lastWord === undefined) this.#draw();
    else this.#output.write(CLEAR_LINE + fit(lastWord, columns - 1));
    this.#output.write("\n");
  }

  /** Takes the line away. */
  erase(): void {
    clearInterval(this.#clock);
    if (this.#output.columns() !== undefined) this.#output.write(CLEAR_LINE);
  }

  #draw(): void {
    const columns = this.#output.columns() ?? 80;
    const line = progressLine(this.#view, performance.now() - this.#began, columns);
    if (line === this.#drawn) return;
    this.#drawn = line;
    this.#output.write(CLEAR_LINE + line);
  }
}
