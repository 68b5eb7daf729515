import { watch } from "node:fs";
import { type FileHandle, open, readdir } from "node:fs/promises";
import { sleep } from "../async/sleep.ts";
import { isThere } from "../host/files.ts";
import type { LogLine } from "../model/log-line.ts";
import { parseEntry } from "./entry.ts";
import { logFile } from "./places.ts";
import { linesFrom, startOfTail } from "./tail.ts";

/** What is asked of a log. */
export interface LogQuery {
  /** How many of its last lines. */
  readonly tail: number;
  /** Of these, only those from this time on. */
  readonly since?: string | undefined;
  /** Whether to stay for what comes. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

/** How long to wait for a log that is not there yet, or whose watching failed, in milliseconds. */
const LATER = 500;

interface OpenFile {
  readonly handle: FileHandle;
  readonly inode: number;
  offset: number;
}

/** The lines of a workload's log, oldest first; with `follow` those that come, until `signal` aborts or the log is deleted. */
export async function* readLog(folder: string, query: LogQuery): AsyncGenerator<LogLine> {
  const since = query.since === undefined ? undefined : Date.parse(query.since);
  const changes = query.follow ? watchFolder(folder, query.signal) : undefined;
  const files = await openTail(folder, query.tail);
  let reading = files.at(-1);
  try {
    for (const file of files) yield* linesOf(file, since);
    while (changes !== undefined && !query.signal.aborted) {
      const change = changes.next();
      reading ??= await openFile(folder, 0);
      for (let file = reading; file !== undefined; ) {
        yield* linesOf(file, since);
        const newer = await openNewer(folder, file.inode);
        if (newer === undefined) break;
        await file.handle.close();
        reading = file = newer;
      }
      if (reading !== undefined && !(await isThere(folder))) return;
      await change;
    }
  } finally {
    changes?.end();
    for (const { handle } of new Set([...files, ...(reading === undefined ? [] : [reading])])) {
      await handle.close().catch(() => undefined);
    }
  }
}

async function* linesOf(file: OpenFile, since: number | undefined): AsyncGenerator<LogLine> {
  for await (const { text, next } of linesFrom(file.handle, file.offset)) {
    file.offset = next;
    const line = parseEntry(text);
    if (line !== undefined && (since === undefined || Date.parse(line.at) >= since)) yield line;
  }
}

/** The files that hold the last lines, oldest first, each at the first of them. */
async function openTail(folder: string, tail: number): Promise<OpenFile[]> {
  const files: OpenFile[] = [];
  let left = tail;
  for (let number = 0; left > 0 || number === 0; number++) {
    const file = await openFile(folder, number);
    if (file === undefined) break;
    const start = left === 0 ? await endOf(file.handle) : await startOfTail(file.handle, left);
    file.offset = start.offset;
    left -= start.lines;
    files.unshift(file);
  }
  return files;
}

async function endOf(file: FileHandle): Promise<{ offset: number; lines: number }> {
  return { offset: (await file.stat()).size, lines: 0 };
}

/** The file begun after the one with this inode; undefined while there is none. */
async function openNewer(folder: string, inode: number): Promise<OpenFile | undefined> {
  const numbers = (await readdir(folder).catch(() => []))
    .map((name) => (name === "current" ? 0 : Number(name)))
    .filter((number) => Number.isInteger(number))
    .sort((a, b) => a - b);
  let newer: OpenFile | undefined;
  for (const number of numbers) {
    const file = await openFile(folder, number);
    if (file?.inode === inode) {
      await file.handle.close();
      return newer;
    }
    await newer?.handle.close();
    newer = file;
  }
  // The one that was read is deleted: what is left begins with the oldest.
  return newer;
}

async function openFile(folder: string, number: number): Promise<OpenFile | undefined> {
  try {
    const handle = await open(logFile(folder, number), "r");
    return { handle, inode: (await handle.stat()).ino, offset: 0 };
  } catch {
    return undefined;
  }
}

/** Tells of changes in a folder; of one that is not there yet, from time to time. */
function watchFolder(folder: string, signal: AbortSignal): { next(): Promise<void>; end(): void } {
  let watcher: ReturnType<typeof watch> | undefined;
  let wake = () => {};
  let changed = false;
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  either.addEventListener("abort", () => wake(), { once: true });
  const begin = () => {
    try {
      watcher = watch(folder, () => {
        changed = true;
        wake();
      });
      watcher.on("error", () => {
        watcher?.close();
        watcher = undefined;
      });
    } catch {
      // It is not there yet.
    }
  };
  begin();
  return {
    async next() {
      if (watcher === undefined) {
        await sleep(LATER, either);
        begin();
        return;
      }
      if (!changed && !either.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      changed = false;
    },
    end() {
      ending.abort();
      watcher?.close();
    },
  };
}
