import { readJournal } from "../../host/journal-reader.ts";
import type { LogLine } from "../../model/log-line.ts";
import { logIdentifier } from "./paths.ts";

/** The priority the start script gives to stderr (syslog(3), LOG_ERR). */
const STDERR_PRIORITY = 3;

/**
 * What a workload wrote, oldest first: its own lines only, not what systemd or crun say of it. Also from before it was
 * last started, as long as the journal keeps it.
 */
export async function* readLogs(
  name: string,
  options: { readonly tail: number; readonly follow: boolean; readonly signal: AbortSignal },
): AsyncGenerator<LogLine> {
  const matches = ["_TRANSPORT=stdout", `SYSLOG_IDENTIFIER=${logIdentifier(name)}`];
  for await (const { at, priority, message } of readJournal({ matches, ...options })) {
    yield { at, stream: priority === STDERR_PRIORITY ? "stderr" : "stdout", message };
  }
}
