import type { Reason } from "../model/reason.ts";
import { oneLine } from "./terminal-text.ts";

/** A reason as a person reads it: its message, then field, value and what is allowed, each on a line of its own. */
export function reasonLines(reason: Reason): string[] {
  const lines = [oneLine(reason.message)];
  if (reason.field !== undefined) lines.push(`  field:   ${oneLine(reason.field)}`);
  if (reason.value !== undefined) lines.push(`  value:   ${oneLine(JSON.stringify(reason.value) ?? "undefined")}`);
  if (reason.allowed !== undefined) lines.push(`  allowed: ${oneLine(reason.allowed)}`);
  return lines;
}
