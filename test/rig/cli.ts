/** What a client command printed, and how it ended. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run, beside its words. */
export interface CliOptions {
  /** After so many milliseconds it gets Ctrl-C; three minutes unless given. */
  readonly timeout?: number;
  /** It gets Ctrl-C as soon as its standard output matches: for commands that follow. */
  readonly until?: RegExp;
}

/** Runs the compiled `berth` as an operator does, with a pipe for a terminal. */
export async function runBerth(
  executable: string,
  argv: readonly string[],
  options: CliOptions & { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<CliResult> {
  const child = Bun.spawn([executable, ...argv], {
    env: { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "/root", ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const timer = setTimeout(() => child.kill("SIGINT"), options.timeout ?? 180_000);
  const [stdout, stderr, code] = await Promise.all([
    collect(child.stdout, (soFar) => {
      if (options.until?.test(soFar)) child.kill("SIGINT");
    }),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  clearTimeout(timer);
  return { code, stdout, stderr };
}

async function collect(stream: ReadableStream<Uint8Array>, onText: (soFar: string) => void): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    onText(text);
  }
  return text;
}
