import { ReasonError } from "../model/reason.ts";
import type { CliIo } from "./io.ts";
import { usageError } from "./usage-error.ts";

/**
 * Asks a person to type `word` before something that cannot be undone. Throws a `ReasonError`: of code `usage` where there
 * is no terminal to ask at, `not-confirmed` when something else was typed.
 */
export async function confirmByTyping(io: CliIo, word: string, question: string): Promise<void> {
  if (io.out.columns() === undefined)
    throw usageError("there is no terminal to ask at", "--yes, to go on without a question");
  io.out.write(`${question} Type ${word} to go on: `);
  const answer = await firstLine(io);
  io.interrupted.throwIfAborted();
  if (answer === word) return;
  throw new ReasonError({ code: "not-confirmed", message: "nothing was changed", allowed: `the word ${word}` });
}

async function firstLine(io: CliIo): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of io.input()) {
    text += decoder.decode(bytes, { stream: true });
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end).trim();
  }
  // The end of input ends no line of the terminal.
  io.out.write("\n");
  return text.trim();
}
