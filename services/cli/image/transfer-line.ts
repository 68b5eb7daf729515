import type { CliIo } from "../io.ts";
import { LiveLine } from "../live-line.ts";

/** An archive on its way, as one live line on a terminal; nothing elsewhere. */
export class TransferLine {
  readonly #title: string;
  readonly #total: number | undefined;
  readonly #line: LiveLine | undefined;

  constructor(io: CliIo, title: string, total: number | undefined) {
    this.#title = title;
    this.#total = total;
    this.#line = io.err.columns() === undefined ? undefined : new LiveLine(io.err, this.#view(0, ""));
  }

  show(done: number, message: string): void {
    this.#line?.show(this.#view(done, message));
  }

  erase(): void {
    this.#line?.erase();
  }

  #view(done: number, message: string) {
    const total = this.#total === undefined ? {} : { total: this.#total };
    const progress = { order: "", workload: "", step: "sent", message, done, ...total };
    return { title: this.#title, status: "running", progress, lost: undefined } as const;
  }
}
