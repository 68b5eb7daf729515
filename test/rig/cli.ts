/** What a client command printed, and how it ended. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the compiled `berth` as an operator does, with a pipe for a terminal. */
export async function runBerth(
  executable: string,
  argv: readonly string[],
  options: { env?: Readonly<Record<string, string>>; timeout?: number } = {},
): Promise<CliResult> {
  const child = Bun.spawn([executable, ...argv], {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/root", ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const timer = setTimeout(() => child.kill("SIGINT"), options.timeout ?? 180_000);
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  clearTimeout(timer);
  return { code, stdout, stderr };
}
