import { spawn } from "node:child_process";
import { join } from "node:path";

const PROJECT = join(import.meta.dirname, "../..");

/** When what a command prints is shown: as it comes, or all at its end. */
export type Show = "live" | "whole";

/** Runs a command in the project's folder and gives its output and its exit code. */
export function runCommand(command: readonly string[], show: Show): Promise<{ output: string; code: number }> {
  const [program = "", ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: PROJECT, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    for (const [stream, sink] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      stream.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (show === "live") sink.write(chunk);
      });
    }
    child.on("error", (error) => resolve({ output: String(error), code: 127 }));
    child.on("close", (code) => {
      const output = Buffer.concat(chunks).toString();
      if (show === "whole") process.stdout.write(output);
      resolve({ output, code: code ?? 1 });
    });
  });
}
