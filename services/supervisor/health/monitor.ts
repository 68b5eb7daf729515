import { sleep } from "../../async/sleep.ts";
import { millisecondsOf } from "../../model/quantity.ts";
import type { Health } from "../../model/state.ts";
import type { HealthCheck } from "../../model/workload/health.ts";
import { afterProbe, type HealthState, STARTING, startPeriodLeft } from "./machine.ts";
import { type ExecProbe, probe } from "./probe.ts";

/** One run of a workload that is being probed. */
interface Watch {
  readonly run: string;
  readonly controller: AbortController;
  state: HealthState;
  message: string;
}

/** A run of a workload to watch: `run` changes with each start of its process. */
export interface WatchedRun {
  /** Of the workload, or of one of its instances: what tells it from others. */
  readonly name: string;
  readonly run: string;
  readonly check: HealthCheck;
  readonly address: string | undefined;
  readonly startedAt: Date;
}

/** Probes running workloads by their health checks and tells of each change. */
export class HealthMonitor {
  readonly #watches = new Map<string, Watch>();
  readonly #exec: (name: string) => ExecProbe;
  readonly #onChange: (name: string, health: Health, message: string) => void;

  constructor(options: {
    exec(name: string): ExecProbe;
    onChange(name: string, health: Health, message: string): void;
  }) {
    this.#exec = options.exec;
    this.#onChange = options.onChange;
  }

  /** Watches a run; one that is watched already goes on as it is. */
  watch(watched: WatchedRun): void {
    if (this.#watches.get(watched.name)?.run === watched.run) return;
    this.forget(watched.name);
    const watch: Watch = {
      run: watched.run,
      controller: new AbortController(),
      state: STARTING,
      message: "not probed yet",
    };
    this.#watches.set(watched.name, watch);
    void this.#probeUntilForgotten(watched, watch);
  }

  /** Ends the probing of a workload. */
  forget(name: string): void {
    this.#watches.get(name)?.controller.abort();
    this.#watches.delete(name);
  }

  /** Ends the probing of all workloads. */
  stop(): void {
    for (const name of [...this.#watches.keys()]) this.forget(name);
  }

  /** What is known of a workload: `none` when it is not watched. */
  healthOf(name: string): { health: Health; message: string } {
    const watch = this.#watches.get(name);
    return watch === undefined
      ? { health: "none", message: "" }
      : { health: watch.state.health, message: watch.message };
  }

  async #probeUntilForgotten(watched: WatchedRun, watch: Watch): Promise<void> {
    const { signal } = watch.controller;
    const { check } = watched;
    const began = performance.now();
    const startPeriod = startPeriodLeft(watched.startedAt, millisecondsOf(check.startPeriod), new Date());
    while (!signal.aborted) {
      const result = await probe(check, watched.address, this.#exec(watched.name), signal);
      if (signal.aborted) return;
      const before = watch.state.health;
      watch.message = result.message;
      watch.state = afterProbe(
        watch.state,
        { succeeded: result.succeeded, inStartPeriod: performance.now() - began < startPeriod },
        check.retries,
      );
      if (watch.state.health !== before) this.#onChange(watched.name, watch.state.health, result.message);
      // A starting workload is asked more often, so that "ready" is not late by a whole interval.
      const interval = millisecondsOf(check.interval);
      const first = Math.min(interval, millisecondsOf(check.startInterval));
      await sleep(watch.state.health === "starting" ? first : interval, signal);
    }
  }
}
