import { ReasonError } from "../model/reason.ts";
import type { Arguments } from "./arguments.ts";

/** A wrong command line: exit code 2. */
export function usageError(message: string, allowed?: string): ReasonError {
  return new ReasonError({ code: "usage", message, ...(allowed === undefined ? {} : { allowed }) });
}

/** The operands, which must be as many as named. */
export function requireOperands(args: Arguments, ...names: string[]): string[] {
  const { operands } = args;
  if (args.rest !== undefined) throw usageError("this command takes nothing after --");
  const missing = names[operands.length];
  if (missing !== undefined) throw usageError(`${missing} is missing`);
  const surplus = operands[names.length];
  if (surplus !== undefined) throw usageError(`${JSON.stringify(surplus)} is one word too many`);
  return [...operands];
}
