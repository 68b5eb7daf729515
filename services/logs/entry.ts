import type { LogLine } from "../model/log-line.ts";

/**
 * One line of a log file: `TIME STREAM TAGS MESSAGE`, the format of Kubernetes' container runtimes (CRI logging, "log
 * format"). TAGS begins with F (full) or P (the first part of a longer line); ours adds `dropped=N` where the line stands
 * for N that were dropped.
 */
const LINE = /^(\S+) (stdout|stderr) ([FP])(?::dropped=(\d+))? (.*)$/s;

/** What stands before the message of a line. */
export function entryHead(at: Date, stream: LogLine["stream"], part: "F" | "P"): string {
  return `${at.toISOString()} ${stream} ${part} `;
}

/** The line that stands for lines that were dropped, line end included. */
export function droppedEntry(at: Date, dropped: number, why: string): string {
  return `${at.toISOString()} stderr F:dropped=${dropped} [${dropped} ${dropped === 1 ? "line" : "lines"} dropped: ${why}]\n`;
}

/** Reads a line, without its line end; undefined when it is none, such as one that a power cut tore. */
export function parseEntry(line: string): LogLine | undefined {
  const [, at, stream, , dropped, message] = LINE.exec(line) ?? [];
  if (at === undefined || message === undefined || Number.isNaN(Date.parse(at))) return undefined;
  return {
    at,
    stream: stream === "stderr" ? "stderr" : "stdout",
    message,
    ...(dropped === undefined ? {} : { dropped: Number(dropped) }),
  };
}
