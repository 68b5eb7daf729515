import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { createLock } from "../../async/lock.ts";
import { writeFileAtomically } from "../../host/atomic-file.ts";
import { allocateRange, isRangeStart } from "./id-range.ts";

/** First id of each instance's range, by its name. */
const File = z.record(z.string(), z.int().refine(isRangeStart));

/** Which ids of the device each workload's own stand for. */
export interface IdRanges {
  /**
   * The first id of a workload's range: the one it had, or a free one. `recorded` settles when that is on disk, and
   * rejects when it cannot be.
   *
   * @param inUse ranges that prepared workloads have, whatever the record says
   */
  claim(
    name: string,
    inUse: ReadonlyMap<string, number>,
  ): Promise<{ readonly first: number; readonly recorded: Promise<void> }>;
  /** Gives a workload's range back. Does nothing where it has none. */
  release(name: string): Promise<void>;
}

/**
 * Opens the record of ranges. A workload keeps its own until it is removed, over restarts and reboots. One that cannot
 * be read is begun anew: nothing on disk depends on it, since volumes hold the workloads' own ids.
 */
export function openIdRanges(path: string): IdRanges {
  let loading: Promise<Map<string, number>> | undefined;
  const written = createLock();
  const load = (): Promise<Map<string, number>> => {
    loading ??= read(path).then((record) => new Map(Object.entries(record)));
    return loading;
  };
  const write = (known: ReadonlyMap<string, number>) =>
    written(async () => {
      await mkdir(dirname(path), { recursive: true });
      await writeFileAtomically(path, `${JSON.stringify(Object.fromEntries(known))}\n`, { mode: 0o600 });
    });
  return {
    async claim(name, inUse) {
      const known = await load();
      const own = known.get(name);
      const others = new Set<number>();
      for (const map of [known, inUse]) for (const [other, first] of map) if (other !== name) others.add(first);
      if (own !== undefined && !others.has(own)) return { first: own, recorded: Promise.resolve() };
      const first = allocateRange(name, others);
      known.set(name, first);
      const recorded = write(known);
      // Awaited later: until then its failure is nobody's.
      recorded.catch(() => known.delete(name));
      return { first, recorded };
    },
    async release(name) {
      const known = await load();
      // On a disk that is full the record keeps it until the next one is written, and no harm is done.
      if (known.delete(name)) await write(known).catch(() => undefined);
    },
  };
}

async function read(path: string): Promise<Record<string, number>> {
  try {
    const parsed = File.safeParse(JSON.parse(await readFile(path, "utf8")));
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}
