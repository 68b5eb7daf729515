import type { ApiClient } from "../api/client.ts";
import { ReasonError } from "../model/reason.ts";
import type { CliIo } from "./io.ts";
import { orderExitCode, runOrder } from "./run-order.ts";

/**
 * Stops the workloads of a volume that run, does the work, and starts them again whatever came of it, Ctrl-C as well. What
 * happens is told on standard error. Gives the work's exit code, or the first one of an order that failed.
 */
export async function stoppedMeanwhile(
  io: CliIo,
  api: ApiClient,
  volume: string,
  work: () => Promise<number>,
): Promise<number> {
  const order = async (kind: "stop" | "start", workload: string, interrupted: AbortSignal) => {
    const own = { ...io, interrupted };
    return orderExitCode(
      own,
      await runOrder(own, api, { kind, workload }, { title: `${kind} ${workload}`, output: io.err }),
    );
  };
  const stopped: string[] = [];
  let code = 0;
  try {
    for (const workload of await running(io, api, volume)) {
      stopped.push(workload);
      code ||= await order("stop", workload, io.interrupted);
    }
    if (code === 0) code = await work();
  } finally {
    // Nobody's impatience leaves a workload stopped.
    const uninterrupted = new AbortController().signal;
    for (const workload of stopped) {
      const started = await order("start", workload, uninterrupted);
      code ||= started;
    }
  }
  return code;
}

async function running(io: CliIo, api: ApiClient, volume: string): Promise<string[]> {
  const { signal } = { signal: io.interrupted };
  const found = await api.call("getVolume", { params: { name: volume }, signal }).catch((error: unknown) => {
    // A volume that a restore is to make is nobody's yet.
    if (error instanceof ReasonError && error.reason.code === "volume-not-found") return undefined;
    throw error;
  });
  const state = await api.call("getState", { signal });
  return state.workloads
    .filter(({ name, desired }) => desired === "running" && found?.workloads.includes(name))
    .map(({ name }) => name);
}
