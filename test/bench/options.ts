import type { Progress } from "../../image/progress.ts";
import type { Result } from "./result.ts";

/** What a benchmark is told. */
export interface BenchOptions {
  /** Rounds to run; each benchmark has a number of its own where none is given. */
  readonly rounds: number | undefined;
  readonly progress: Progress;
}

export type Benchmark = (options: BenchOptions) => Promise<Result[]>;
