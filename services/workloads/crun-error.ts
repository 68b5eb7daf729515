import { readFile } from "node:fs/promises";
import { ReasonError } from "../model/reason.ts";

/** What crun wrote to its own log (`--log-format json`): the messages, oldest first. */
export function parseCrunLog(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const message = /"msg"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(line)?.[1];
    if (message === undefined) return [];
    try {
      return [String(JSON.parse(`"${message}"`))];
    } catch {
      return [message];
    }
  });
}

/** crun's messages in a log file; none where there is no file. */
export async function readCrunLog(path: string): Promise<string[]> {
  return parseCrunLog(await readFile(path, "utf8").catch(() => ""));
}

/** Why a command could not be executed, in the terms of a shell's exit codes; undefined when it is something else. */
export function commandProblem(
  messages: readonly string[],
): { readonly exitCode: 126 | 127; readonly message: string } | undefined {
  const missing = messages.find((message) => /executable file .*not found|No such file or directory/i.test(message));
  if (missing !== undefined) return { exitCode: 127, message: missing };
  const refused = messages.find((message) => /permission denied|not executable|exec format error/i.test(message));
  return refused === undefined ? undefined : { exitCode: 126, message: refused };
}

/**
 * The error of a start that did not come to a running process: `start-failed` with crun's own words, or with systemd's
 * when crun said nothing.
 */
export function startFailed(messages: readonly string[], otherwise: string): ReasonError {
  const message = messages.at(-1) ?? otherwise;
  const command = messages.some((text) => /executable file|exec format error/i.test(text));
  return new ReasonError({
    code: "start-failed",
    message: `the process could not be started: ${message}`,
    ...(command ? { field: "entrypoint", allowed: "a command the image has, for this device's architecture" } : {}),
  });
}
