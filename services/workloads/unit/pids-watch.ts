import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import type { WorkloadPaths } from "../instance/paths.ts";
import { readPidsLimit } from "./counters.ts";
import { cgroupOf } from "./slice.ts";

/** What tries again and again is told of once in this time, in milliseconds. */
const QUIET = 60_000;

/**
 * Calls back with how many processes a workload was refused because of which limit, each time there were some. Gives the
 * function that ends this. The kernel itself tells of a change (cgroup-v2.rst, pids.events). Does nothing where the
 * workload has no control group.
 */
export function watchPids(
  instance: string,
  paths: WorkloadPaths,
  listener: (refused: number, limit: number) => void,
): () => void {
  const file = `${cgroupOf(instance)}/pids.events`;
  let known = 0;
  let ended = false;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let watcher: ReturnType<typeof watch> | undefined;

  const listen = () => {
    waiting = undefined;
    if (ended) return;
    try {
      watcher = watch(file, look);
      watcher.on("error", stop);
      look();
    } catch {
      // It is gone: so is what it counted.
    }
  };
  const stop = () => {
    watcher?.close();
    watcher = undefined;
  };
  const look = () => void report().catch(() => undefined);
  const report = async () => {
    const refused = refusedIn(await readFile(file, "utf8"));
    if (ended || waiting !== undefined || refused <= known) return;
    const refusals = refused - known;
    known = refused;
    stop();
    waiting = setTimeout(listen, QUIET);
    waiting.unref?.();
    const limit = await readPidsLimit(instance, paths);
    if (limit !== undefined && !ended) listener(refusals, limit);
  };

  listen();
  return () => {
    ended = true;
    clearTimeout(waiting);
    stop();
  };
}

/** The count in pids.events. */
export function refusedIn(text: string): number {
  return Number(/^max (\d+)$/m.exec(text)?.[1] ?? 0);
}
