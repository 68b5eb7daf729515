import { readFile } from "node:fs/promises";
import { z } from "zod";
import { ReasonError } from "../model/reason.ts";
import type { ExecResult } from "../model/receipt.ts";
import { commandProblem } from "./crun-error.ts";

const CONFIG = z.object({ process: z.looseObject({ args: z.array(z.string()) }) });
const TIMED_OUT = 124;

/**
 * The process.json (runtime-spec) of a command in a workload: its own process, but for the arguments. Throws
 * `workload-not-running` where it has no `config`, which is the path of its config.json.
 */
export async function commandProcess(config: string, name: string, command: readonly string[]): Promise<string> {
  const text = await readFile(config, "utf8").catch(() => undefined);
  if (text === undefined) throw notRunning(name);
  const { process } = CONFIG.parse(JSON.parse(text));
  return JSON.stringify({ ...process, args: command });
}

/** The result of a command that was ended after its time limit: exit code 124, as timeout(1) has it. */
export function timedOut(result: Omit<ExecResult, "exitCode">, seconds: number): ExecResult {
  return { ...result, exitCode: TIMED_OUT, stderr: `${result.stderr}berth: ended after ${seconds} s\n` };
}

/**
 * The result of a command that crun refused to run: 127 where it is not there, 126 where it cannot be executed. Throws
 * `exec-failed` where crun says something else.
 */
export function refusedCommand(name: string, messages: readonly string[]): ExecResult {
  const problem = commandProblem(messages);
  if (problem === undefined) {
    throw new ReasonError({ code: "exec-failed", message: `${name} could not be entered: ${messages.at(-1)}` });
  }
  return { exitCode: problem.exitCode, stdout: "", stderr: `${problem.message}\n`, truncated: false };
}

/** That a workload cannot be entered now. */
export function notRunning(name: string, cause?: unknown): ReasonError {
  return new ReasonError(
    { code: "workload-not-running", message: `workload ${name} is not running` },
    { cause, transient: true },
  );
}
