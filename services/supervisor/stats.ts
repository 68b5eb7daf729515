import { sleep } from "../async/sleep.ts";
import type { Stats, Usage } from "../model/stats.ts";
import type { ResourceCounters, Workloads } from "./ports.ts";
import type { Reporter } from "./reporter.ts";

/** How long the first look at the counters and the second are apart, in milliseconds. */
const FIRST_INTERVAL = 500;

/**
 * What the workloads use, every `interval` milliseconds until `signal` aborts, or once. The first sample comes soon:
 * percentages need two looks. Nothing is counted while nobody asks.
 */
export async function* followStats(
  { workloads, reporter }: { readonly workloads: Pick<Workloads, "counters">; readonly reporter: Reporter },
  { interval, follow, signal }: { readonly interval: number; readonly follow: boolean; readonly signal: AbortSignal },
): AsyncGenerator<Stats> {
  let before = await look(workloads, reporter);
  await sleep(Math.min(interval, FIRST_INTERVAL), signal);
  while (!signal.aborted) {
    const now = await look(workloads, reporter);
    const state = reporter.state();
    yield {
      device: state.device,
      at: new Date().toISOString(),
      workloads: state.workloads.map(({ name, phase, restarts }) => {
        const counters = now.get(name);
        const usage = counters === undefined ? {} : { usage: usageOf(before.get(name), counters) };
        return { name, phase, restarts, ...usage };
      }),
    };
    if (!follow) return;
    before = now;
    await sleep(interval, signal);
  }
}

async function look(workloads: Pick<Workloads, "counters">, reporter: Reporter) {
  const names = reporter.state().workloads.map(({ name }) => name);
  const found = await Promise.all(names.map(async (name) => [name, await workloads.counters(name)] as const));
  return new Map(found.flatMap(([name, counters]) => (counters === undefined ? [] : [[name, counters]])));
}

/** What two looks at a workload's counters say of the time between; without an earlier one, of its whole life. */
export function usageOf(before: ResourceCounters | undefined, now: ResourceCounters): Usage {
  // Counters that fell are a new process's.
  const since = before !== undefined && before.cpu <= now.cpu ? before : undefined;
  const elapsed = since === undefined ? 0 : now.at - since.at;
  const percent = since === undefined || elapsed <= 0 ? 0 : ((now.cpu - since.cpu) / 1000 / elapsed) * 100;
  const { limits } = now;
  return {
    cpu: {
      percent: Math.round(percent * 10) / 10,
      ...(limits.cpus === undefined ? {} : { limit: Math.round(limits.cpus * 100) }),
      seconds: now.cpu / 1e6,
    },
    memory: {
      current: now.memory,
      ...(now.peak === undefined ? {} : { peak: now.peak }),
      ...(limits.memory === undefined ? {} : { limit: limits.memory }),
    },
    pids: { current: now.pids, ...(limits.pids === undefined ? {} : { limit: limits.pids }) },
    io: now.io,
    ...(now.network === undefined ? {} : { network: now.network }),
  };
}
