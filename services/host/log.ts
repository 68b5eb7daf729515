import { writeSync } from "node:fs";
import { reasonOf } from "../model/reason.ts";

/** What is known beside a message: numbers and texts, and errors by their message and code. Never a secret. */
export type Fields = Readonly<Record<string, unknown>>;

/** Writes lines for a person who reads the journal. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warning(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** Priorities of syslog(3). */
const PRIORITY = { debug: 7, info: 6, warning: 4, error: 3 } as const;

/**
 * A service's log: one line an entry, `<priority>service: message field=value …` (sd-daemon(3)), on standard error
 * unless `write` says otherwise. Debug lines are left out unless `debug`.
 */
export function createLog(service: string, options: { write?: (line: string) => void; debug?: boolean } = {}): Log {
  const { write = writeToStandardError, debug = false } = options;
  const at = (level: keyof typeof PRIORITY) => (message: string, fields?: Fields) =>
    write(`<${PRIORITY[level]}>${service}: ${formatEntry(message, fields)}\n`);
  return {
    debug: debug ? at("debug") : () => undefined,
    info: at("info"),
    warning: at("warning"),
    error: at("error"),
  };
}

/** One line of text, whatever is in the message and the fields. */
export function formatEntry(message: string, fields: Fields = {}): string {
  const parts = [message.replaceAll(/\s*[\r\n]+\s*/g, " ")];
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) parts.push(`${name}=${formatValue(value)}`);
  }
  return parts.join(" ");
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return formatError(value);
  if (value instanceof Date) return value.toISOString();
  const text = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}

/** The message and code of an error, and of what caused it. */
function formatError(error: Error): string {
  const { code, message } = reasonOf(error);
  const own = code === "internal-error" ? `${error.name}: ${message}` : `${message} (${code})`;
  const seen = new Set<unknown>([error]);
  let text = own;
  for (let { cause } = error; cause instanceof Error && !seen.has(cause); { cause } = cause) {
    seen.add(cause);
    text += `; because ${cause.message}`;
  }
  return JSON.stringify(text);
}

function writeToStandardError(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // Nobody reads the log any more, or its reader is behind: the service goes on without this line.
  }
}
