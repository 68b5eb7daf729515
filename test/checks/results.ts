import { type Counts, sum } from "./counts.ts";

/** What became of one check. */
export interface Result {
  readonly name: string;
  readonly counts: Counts;
  readonly seconds: number;
}

/** What became of all checks. Of those that were run twice only the second run counts; the first is told, whatever came of it. */
export class Results {
  readonly #results: Result[] = [];
  readonly #unsteady: Result[] = [];

  add(result: Result): void {
    const first = this.#results.findIndex(({ name }) => name === result.name);
    if (first >= 0) this.#unsteady.push(...this.#results.splice(first, 1));
    this.#results.push(result);
  }

  get failed(): boolean {
    return this.#results.some(({ counts }) => counts.failed > 0);
  }

  /** A line for each check, and the sum as the last. */
  summary(): string {
    const { passed, failed } = sum(this.#results.map(({ counts }) => counts));
    return [
      ...this.#results.map(
        ({ name, counts, seconds }) =>
          `${counts.failed === 0 ? "ok    " : "FAILED"} ${name}: ${countsText(counts)} (${seconds} s)`,
      ),
      ...this.#unsteady.map(({ name, counts }) => `UNSTEADY ${name}: at first ${countsText(counts)}`),
      countsText({ passed, failed }),
    ].join("\n");
  }
}

function countsText({ passed, failed }: Counts): string {
  return `${passed} passed, ${failed} failed`;
}
