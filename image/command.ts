import { closeSync, openSync, readFileSync } from "node:fs";

/** How a command is run. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Text for its standard input. */
  readonly input?: string;
  /** A file that gets all it prints; for commands with long output. */
  readonly log?: string;
}

/** A command ended with a code other than 0. */
class CommandError extends Error {
  override readonly name = "CommandError";

  constructor(
    readonly argv: readonly string[],
    readonly code: number,
    readonly output: string,
  ) {
    super(`${argv.join(" ")}: exit code ${code}\n${output.trimEnd()}`);
  }
}

const TAIL = 4000;

/** Runs a command to its end and returns its standard output; anything but exit code 0 throws. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const log = options.log === undefined ? undefined : openSync(options.log, "a");
  try {
    const child = Bun.spawn([...argv], {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, LC_ALL: "C.UTF-8", ...options.env },
      stdin: options.input === undefined ? "ignore" : new Blob([options.input]),
      stdout: log ?? "pipe",
      stderr: log ?? "pipe",
    });
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
    if (code === 0) return stdout;
    const output = options.log === undefined ? stderr || stdout : readFileSync(options.log, "utf8");
    throw new CommandError(argv, code, output.slice(-TAIL));
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

function text(stream: ReadableStream<Uint8Array<ArrayBuffer>> | number | undefined): Promise<string> {
  return stream instanceof ReadableStream ? new Response(stream).text() : Promise.resolve("");
}
