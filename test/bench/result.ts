import { writeFileSync } from "node:fs";

/** One measured quantity, as it is written to the JSON file. */
export interface Result {
  readonly metric: string;
  readonly unit: string;
  /** The median over the rounds. */
  readonly berth: number;
  /** Medians of what it was measured beside, by name. */
  readonly baselines: Readonly<Record<string, number>>;
  /** The median of each round's own berth/baseline, by the baseline's name. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly rounds: number;
  /** What was measured, from when to when, and on what. */
  readonly method: string;
}

/** One round of a paired measurement. */
export interface Round {
  readonly berth: number;
  readonly baselines: Readonly<Record<string, number>>;
}

/** Sums rounds up; each needs the same baselines. */
export function resultOf(about: Pick<Result, "metric" | "unit" | "method">, rounds: readonly Round[]): Result {
  const names = Object.keys(rounds[0]?.baselines ?? {});
  const over = (value: (round: Round) => number | undefined) =>
    rounded(median(rounds.map(value).filter((one) => one !== undefined)));
  return {
    metric: about.metric,
    unit: about.unit,
    berth: over(({ berth }) => berth),
    baselines: Object.fromEntries(names.map((name) => [name, over(({ baselines }) => baselines[name])])),
    ratios: Object.fromEntries(
      names.map((name) => [name, over(({ berth, baselines }) => berth / (baselines[name] ?? Number.NaN))]),
    ),
    rounds: rounds.length,
    method: about.method,
  };
}

/** The middle value, or the mean of the two in the middle. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? Number.NaN;
  if (sorted.length % 2 === 1) return upper;
  return ((sorted[(sorted.length >> 1) - 1] ?? Number.NaN) + upper) / 2;
}

/** Four significant digits: no measurement here is better than that. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export function writeResults(path: string, results: readonly Result[]): void {
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`);
}

/** The results for a person: a line each, and a line for each baseline. */
export function formatTable(results: readonly Result[]): string {
  const lines = results.flatMap(({ metric, unit, berth, baselines, ratios, rounds }) => [
    [metric, `${berth} ${unit}`, "", `${rounds}`],
    ...Object.entries(baselines).map(([name, value]) => [
      `  beside ${name}`,
      `${value} ${unit}`,
      `× ${ratios[name]}`,
      "",
    ]),
  ]);
  const rows = [["metric", "median", "ratio", "rounds"], ...lines];
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = [0, 1, 2, 3].map(width);
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
