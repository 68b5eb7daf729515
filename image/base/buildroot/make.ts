import { spawn } from "node:child_process";
import { createWriteStream, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { failures } from "./make-output.ts";

/** A run of make. */
export interface MakeOptions {
  readonly folder: string;
  readonly args: readonly string[];
  /** Gets all it prints. */
  readonly log: string;
  readonly onLine?: (line: string) => void;
}

/** Runs make to its end. What it says goes to the log; when it fails, the Error holds the lines that say why. */
export async function make({ folder, args, log, onLine }: MakeOptions): Promise<void> {
  const file = createWriteStream(log);
  const child = spawn("make", ["-C", folder, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      // Buildroot's hooks call Bun by its name, and some packages' configure scripts do not like to be run by root.
      PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}`,
      FORCE_UNSAFE_CONFIGURE: "1",
      // What post-image.sh would do is done by our caller.
      BERTH_COMPOSE: "no",
    },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(file, { end: false });
    if (onLine !== undefined) createInterface({ input: stream }).on("line", onLine);
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 1));
  });
  await new Promise<void>((resolve) => file.end(resolve));
  if (code === 0) return;
  const said = failures(readFileSync(log, "utf8"));
  throw new Error(
    [`make ${args.join(" ")} failed with exit code ${code}; all it said is in ${log}`, ...said].join("\n"),
  );
}
