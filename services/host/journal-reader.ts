import { z } from "zod";
import { commandLines } from "./command.ts";

/** One entry of the journal. */
export interface JournalEntry {
  /** RFC 3339, as the journal received it. */
  readonly at: string;
  /** 0 (emergency) to 7 (debug) (syslog(3)); 6 where the entry has none. */
  readonly priority: number;
  readonly message: string;
}

/** journalctl's `-o json`: every field a string; bytes that are not UTF-8 an array; too much of it null. */
const FIELD = z.union([z.string(), z.array(z.int()), z.null()]).optional();
const ENTRY = z.object({
  __REALTIME_TIMESTAMP: z.string().regex(/^[0-9]+$/),
  PRIORITY: z.string().optional().catch(undefined),
  MESSAGE: FIELD.catch(undefined),
});

/** Reads one line of `journalctl -o json`, or undefined when it is none. Source: systemd.journal-fields(7). */
export function parseJournalLine(line: string): JournalEntry | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const entry = ENTRY.safeParse(json);
  if (!entry.success) return undefined;
  const { __REALTIME_TIMESTAMP: microseconds, PRIORITY: priority, MESSAGE: message } = entry.data;
  return {
    at: new Date(Number(microseconds) / 1000).toISOString(),
    priority: priority !== undefined && /^[0-7]$/.test(priority) ? Number(priority) : 6,
    message: textOf(message),
  };
}

function textOf(message: string | number[] | null | undefined): string {
  if (typeof message === "string") return message;
  if (Array.isArray(message)) return new TextDecoder().decode(Uint8Array.from(message));
  return message === null ? "[a line too long to show]" : "";
}

/**
 * The journal's entries that match every one of `matches` (`FIELD=value`), oldest first: the last `tail`, and with
 * `follow` those that come until `signal` aborts. Source: journalctl(1).
 */
export async function* readJournal(options: {
  readonly matches: readonly string[];
  readonly tail: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}): AsyncGenerator<JournalEntry> {
  const argv = [
    "journalctl",
    "--quiet",
    "--no-pager",
    "--all",
    "--output=json",
    "--output-fields=MESSAGE,PRIORITY",
    `--lines=${options.tail}`,
    ...(options.follow ? ["--follow"] : []),
    ...options.matches,
  ];
  for await (const line of commandLines(argv, { signal: options.signal })) {
    const entry = parseJournalLine(line);
    if (entry !== undefined) yield entry;
  }
}
