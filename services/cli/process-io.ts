import process from "node:process";
import type { CliIo, Output } from "./io.ts";

/**
 * The process's own streams and environment as a command takes them. The first Ctrl-C (or termination) aborts
 * `interrupted`, the second ends the process; so does an output nobody reads any more abort it.
 */
export function processIo(): CliIo {
  const interruption = new AbortController();
  let reading = false;
  const interrupt = () => {
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort();
    // Whoever waits for a person's answer would wait on.
    if (reading) process.stdin.destroy();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return {
    env: process.env,
    out: outputOf(process.stdout, interruption),
    err: outputOf(process.stderr, interruption),
    bytes: async (piece) => {
      if (process.stdout.write(piece)) return;
      await new Promise<void>((resolve) => {
        process.stdout.once("drain", resolve);
        interruption.signal.addEventListener("abort", () => resolve(), { once: true });
      });
    },
    input: () => {
      reading = true;
      return process.stdin;
    },
    interrupted: interruption.signal,
  };
}

function outputOf(stream: NodeJS.WriteStream, interruption: AbortController): Output {
  stream.on("error", () => interruption.abort());
  return {
    write: (text) => {
      stream.write(text);
    },
    columns: () => (stream.isTTY ? (stream.columns ?? 80) : undefined),
  };
}
