/** How many tests of one check passed and failed. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** Adds counts up. */
export function sum(counts: readonly Counts[]): Counts {
  return {
    passed: counts.reduce((total, one) => total + one.passed, 0),
    failed: counts.reduce((total, one) => total + one.failed, 0),
  };
}

/**
 * Counts from what `bun test` or `deno test` printed. A runner that failed without a failed test, or that ran none,
 * counts as one failure: silence is not success.
 */
export function countsOf(output: string, exitCode: number): Counts {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a terminal are such characters
  const plain = output.replaceAll(/\u001b\[[0-9;]*m/g, "");
  const deno = /\| (\d+) passed (?:\([^)]*\) )?\| (\d+) failed/.exec(plain);
  const passed = Number(deno?.[1] ?? /^\s*(\d+) pass$/m.exec(plain)?.[1] ?? 0);
  const failed = Number(deno?.[2] ?? /^\s*(\d+) fail$/m.exec(plain)?.[1] ?? 0);
  const broken = failed === 0 && (exitCode !== 0 || passed === 0);
  return { passed, failed: broken ? 1 : failed };
}
