import type { OptionSpec } from "./arguments.ts";
import { type CliIo, printLine } from "./io.ts";

/** The option of every command that lists things. */
export const JSON_OPTION: OptionSpec = { kind: "flag", summary: "print JSON, for programs" };

/** Prints a value as JSON a person can read too. */
export function printJson(io: CliIo, value: unknown): void {
  printLine(io.out, JSON.stringify(value, null, 2));
}
