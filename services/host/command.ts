import { type ChildProcess, spawn } from "node:child_process";
import { ReasonError } from "../model/reason.ts";

/** How a program is run. */
export interface CommandOptions {
  /** What it reads; nothing when left out. Never put secrets into argv: this is where they belong. */
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Aborting ends the program with SIGKILL, and the call with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds until it is ended with SIGKILL. */
  readonly timeout?: number;
  /** Most bytes kept of each output (64 KiB when left out); the rest is read and dropped. */
  readonly outputLimit?: number;
  /** Called when the program itself has ended; what it left running may still hold its outputs open. */
  readonly onExit?: () => void;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How a program ended. */
export interface CommandResult {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Some output was dropped. */
  readonly truncated: boolean;
  readonly timedOut: boolean;
}

const DEFAULT_OUTPUT_LIMIT = 64 * 1024;

/**
 * Runs a program to its end, whatever its exit code. Throws `command-missing` when it cannot be started.
 */
export async function runCommand(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const child = start(argv, options, options.stdin === undefined ? "ignore" : "pipe");
  const limit = options.outputLimit ?? DEFAULT_OUTPUT_LIMIT;
  const stdout = collect(child, "stdout", limit);
  const stderr = collect(child, "stderr", limit);
  let timedOut = false;
  const timer =
    options.timeout === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          child.kill("SIGKILL");
        }, options.timeout);
  const abort = () => child.kill("SIGKILL");
  options.signal?.addEventListener("abort", abort, { once: true });
  if (options.onExit !== undefined) child.once("exit", options.onExit);
  try {
    const [end] = await Promise.all([ended(child, argv), feed(child, options.stdin)]);
    options.signal?.throwIfAborted();
    const [out, err] = [stdout(), stderr()];
    return { ...end, stdout: out.text, stderr: err.text, truncated: out.truncated || err.truncated, timedOut };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", abort);
  }
}

/**
 * Runs a program that must succeed and gives what it printed. Throws `command-failed` with the first lines of its
 * complaint otherwise.
 */
export async function mustRun(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await runCommand(argv, options);
  if (result.exitCode === 0) return result.stdout;
  const how = result.timedOut
    ? "took too long"
    : result.exitCode === undefined
      ? `was ended by ${result.signal}`
      : `failed with ${result.exitCode}`;
  const complaint = result.stderr.trim().split("\n").slice(0, 5).join("; ").slice(0, 1000);
  throw new ReasonError({
    code: "command-failed",
    message: `${argv[0]} ${how}${complaint === "" ? "" : `: ${complaint}`}`,
  });
}

/**
 * The lines a program prints, one at a time, until it ends or `signal` aborts (which ends the program, and the
 * iteration without an error). A line longer than `longest` bytes is cut.
 */
export async function* commandLines(
  argv: readonly string[],
  options: { readonly signal: AbortSignal; readonly longest?: number },
): AsyncGenerator<string> {
  if (options.signal.aborted) return;
  const longest = options.longest ?? 1024 * 1024;
  const child = start(argv, {}, "ignore");
  const stderr = collect(child, "stderr", DEFAULT_OUTPUT_LIMIT);
  const end = ended(child, argv);
  // Looked at after the loop; until then its failure is nobody's.
  end.catch(() => undefined);
  const abort = () => child.kill("SIGKILL");
  options.signal.addEventListener("abort", abort, { once: true });
  try {
    if (child.stdout === null) return;
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of child.stdout) {
      rest += decoder.decode(chunk, { stream: true });
      let from = 0;
      for (let at = rest.indexOf("\n"); at >= 0; at = rest.indexOf("\n", from)) {
        yield rest.slice(from, Math.min(at, from + longest));
        from = at + 1;
      }
      rest = rest.slice(from);
      if (rest.length > longest) rest = rest.slice(0, longest);
    }
    if (rest !== "") yield rest;
    const { exitCode } = await end;
    if (exitCode !== 0 && !options.signal.aborted) {
      throw new ReasonError({
        code: "command-failed",
        message: `${argv[0]} failed with ${exitCode}: ${stderr().text.trim().slice(0, 1000)}`,
      });
    }
  } finally {
    options.signal.removeEventListener("abort", abort);
    child.kill("SIGKILL");
  }
}

function start(argv: readonly string[], options: CommandOptions, stdin: "ignore" | "pipe"): ChildProcess {
  const [file, ...args] = argv;
  if (file === undefined) throw new Error("no program named");
  return spawn(file, args, {
    stdio: [stdin, "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
}

function ended(child: ChildProcess, argv: readonly string[]): Promise<Pick<CommandResult, "exitCode" | "signal">> {
  return new Promise((resolve, reject) => {
    child.on("error", (cause) =>
      reject(
        new ReasonError({ code: "command-missing", message: `${argv[0]} cannot be run: ${cause.message}` }, { cause }),
      ),
    );
    child.on("close", (code, signal) => resolve({ exitCode: code ?? undefined, signal: signal ?? undefined }));
  });
}

function collect(child: ChildProcess, which: "stdout" | "stderr", limit: number) {
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let truncated = false;
  child[which]?.on("data", (chunk: Uint8Array) => {
    const part = chunk.subarray(0, limit - kept);
    if (part.length < chunk.length) truncated = true;
    if (part.length === 0) return;
    chunks.push(part);
    kept += part.length;
  });
  return () => ({ text: Buffer.concat(chunks).toString("utf8"), truncated });
}

async function feed(child: ChildProcess, input: CommandOptions["stdin"]): Promise<void> {
  const { stdin } = child;
  if (stdin === null || input === undefined) return;
  // A program that ends without reading everything is judged by its exit code.
  stdin.on("error", () => undefined);
  if (typeof input === "string" || input instanceof Uint8Array) {
    stdin.end(input);
    return;
  }
  try {
    for await (const chunk of input) {
      if (stdin.destroyed) break;
      if (!stdin.write(chunk)) {
        await new Promise<void>((resolve) => {
          const go = () => {
            stdin.off("drain", go);
            stdin.off("close", go);
            resolve();
          };
          stdin.on("drain", go);
          stdin.on("close", go);
        });
      }
    }
    stdin.end();
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}
