import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";

/** A long-running program on the host. */
export interface Child {
  readonly process: ChildProcess;
  /** Settles when it has ended. */
  readonly ended: Promise<void>;
}

/**
 * Starts a program whose output goes to a file. It is in a session of its own, so that Ctrl-C
 * leaves it to us to stop it, and the kernel kills it should this process die without doing so.
 */
export function startChild(argv: readonly string[], log: string): Child {
  const output = openSync(log, "a");
  try {
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...argv], {
      detached: true,
      stdio: ["ignore", output, output],
    });
    const ended = new Promise<void>((resolve) => {
      child.once("exit", () => resolve());
      child.once("error", () => resolve());
    });
    return { process: child, ended };
  } finally {
    closeSync(output);
  }
}

/** Whether it has ended. */
export function hasEnded(child: Child): boolean {
  return child.process.exitCode !== null || child.process.signalCode !== null;
}

/** Asks a program to end, and kills it if it has not after `patience` milliseconds. */
export async function endChild(child: Child, patience = 5000): Promise<void> {
  if (hasEnded(child)) return;
  child.process.kill("SIGTERM");
  const timer = setTimeout(() => child.process.kill("SIGKILL"), patience);
  await child.ended;
  clearTimeout(timer);
}
