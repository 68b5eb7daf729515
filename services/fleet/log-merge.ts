import type { LogBatch } from "../model/log-batch.ts";
import type { LogLine } from "../model/log-line.ts";

/**
 * Puts together what one listener of a log gets: the tail its own order asked for, then the lines everybody gets. Where the
 * device begins the live lines for this order they begin with the tail's last ones, so that none is lost between; what is in both
 * comes once.
 */
export class LogMerge {
  readonly #order: string;
  readonly #inTail = new Map<string, number>();
  #early: LogLine[] = [];
  /** When the tail begins: what is older was not asked for. */
  #from: string | undefined;
  #complete = false;

  constructor(order: string) {
    this.#order = order;
  }

  /** Whether the whole tail was seen. */
  get tailComplete(): boolean {
    return this.#complete;
  }

  /** Takes a batch of the workload and gives the lines that come next. */
  take(batch: LogBatch): LogLine[] {
    if (batch.order === undefined) return this.#takeLive(batch.lines);
    if (batch.order !== this.#order || this.#complete) return [];
    this.#from ??= batch.lines[0]?.at;
    for (const line of batch.lines) this.#inTail.set(keyOf(line), (this.#inTail.get(keyOf(line)) ?? 0) + 1);
    if (!batch.end) return batch.lines;
    this.#complete = true;
    const early = this.#early;
    this.#early = [];
    return [...batch.lines, ...this.#takeLive(early)];
  }

  #takeLive(lines: readonly LogLine[]): LogLine[] {
    if (!this.#complete) {
      this.#early.push(...lines);
      return [];
    }
    return lines.filter((line) => {
      if (this.#from !== undefined && line.at < this.#from) return false;
      const key = keyOf(line);
      const count = this.#inTail.get(key);
      if (count === undefined) return true;
      if (count > 1) this.#inTail.set(key, count - 1);
      else this.#inTail.delete(key);
      return false;
    });
  }
}

function keyOf(line: LogLine): string {
  return `${line.at} ${line.stream} ${line.message}`;
}
