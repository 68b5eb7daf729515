import type { ApiClient } from "../api/client.ts";
import { sleep } from "../async/sleep.ts";
import type { LogLine } from "../model/log-line.ts";
import { ReasonError } from "../model/reason.ts";

/** The most lines that are read again; so many at once come at the beginning, and at the end what was not heard. */
const TAIL = 10_000;
/** After the job's end, what it wrote last may still be on its way: until nothing came for so long, in milliseconds. */
const QUIET = 500;
const RETRY = 1_000;

/** Reads a workload's log: its last lines and, with `follow`, those that come. */
export type LogSource = (
  query: { readonly tail: number; readonly follow: boolean },
  signal: AbortSignal,
) => AsyncIterable<LogLine>;

/** The log of a workload of a device or a fleet. */
export function logSource(api: ApiClient, name: string): LogSource {
  return async function* (query, signal) {
    for await (const { data } of api.follow("followLogs", { params: { name }, query, signal })) yield data;
  };
}

/**
 * What a job writes, from the time it was ordered on, to `print`: as it comes, and once `ended` has settled what was not heard.
 * Does not throw while the connection may come back; settles when all was printed, or `signal` aborts.
 */
export async function followJobOutput(
  log: LogSource,
  job: { readonly since: string; readonly ended: Promise<void> },
  print: (line: LogLine) => void,
  signal: AbortSignal,
): Promise<void> {
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const heard = new Heard();
  let last = performance.now();
  /** Prints what was not printed already. */
  const read = async (follow: boolean, until: AbortSignal): Promise<void> => {
    const isNew = heard.reader();
    for await (const line of log({ tail: TAIL, follow }, until)) {
      if (line.at < job.since || !isNew(line)) continue;
      last = performance.now();
      print(line);
    }
  };
  const following = (async () => {
    while (!either.aborted) {
      await read(true, either).catch(passing);
      await sleep(RETRY, either);
    }
  })();
  await Promise.race([job.ended, following]);
  await sleep(QUIET, signal);
  while (!signal.aborted && performance.now() - last < QUIET) await sleep(QUIET, signal);
  ending.abort();
  await following;
  if (!signal.aborted) await read(false, signal).catch(passing);
}

/** Lines that were read, as many as are ever read again: equal ones are told apart by how often they came. */
class Heard {
  readonly #keys: string[] = [];

  /** Tells of each line of one reading, from its beginning, whether it was not read before. */
  reader(): (line: LogLine) => boolean {
    const known = new Map<string, number>();
    for (const key of this.#keys) known.set(key, (known.get(key) ?? 0) + 1);
    return ({ at, stream, message }) => {
      const key = `${at} ${stream} ${message}`;
      const left = known.get(key) ?? 0;
      if (left > 0) {
        known.set(key, left - 1);
        return false;
      }
      this.#keys.push(key);
      if (this.#keys.length > TAIL) this.#keys.shift();
      return true;
    };
  }
}

/** The order's end tells what matters; output that cannot be had now may be had at the next try. */
function passing(error: unknown): void {
  if (!(error instanceof ReasonError)) throw error;
}
