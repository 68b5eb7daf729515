import { restartPolicyOf } from "../model/workload/restart.ts";
import type { Journal } from "./journal/journal.ts";
import type { Observer } from "./observer.ts";
import type { ObservedWorkload, Workloads } from "./ports.ts";
import type { Reconciler } from "./reconciler.ts";
import type { Recorder } from "./recorder.ts";

/** What is done about an unhealthy workload. */
export type Remedy = "restart" | "stop" | "report";

/** The remedy its health check names; a workload that is never to be restarted is not restarted for its health either. */
export function remedyOf(unit: Pick<ObservedWorkload, "check">, policy: ReturnType<typeof restartPolicyOf>): Remedy {
  const remedy = unit.check?.onFailure ?? "report";
  return remedy === "restart" && policy === "never" ? "report" : remedy;
}

/** Restarts or stops workloads that have become unhealthy, unless something is being done about them anyhow. */
export class Remedies {
  readonly #journal: Journal;
  readonly #workloads: Workloads;
  readonly #observer: Observer;
  readonly #recorder: Recorder;
  readonly #reconciler: Reconciler;

  constructor(options: {
    journal: Journal;
    workloads: Workloads;
    observer: Observer;
    recorder: Recorder;
    reconciler: Reconciler;
  }) {
    this.#journal = options.journal;
    this.#workloads = options.workloads;
    this.#observer = options.observer;
    this.#recorder = options.recorder;
    this.#reconciler = options.reconciler;
  }

  /** Looks after all workloads, at each change of one, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = this.#observer.changed.next(signal);
      for (const [name, { target }] of this.#journal.desired()) {
        const unit = this.#observer.unit(name);
        const { health, message } = this.#observer.healthOf(name);
        if (unit === undefined || health !== "unhealthy" || this.#reconciler.activity(name).step !== undefined)
          continue;
        const remedy = remedyOf(unit, restartPolicyOf(target.manifest));
        if (remedy !== "report") await this.#carryOut(remedy, name, message);
      }
      await next;
    }
  }

  async #carryOut(remedy: Exclude<Remedy, "report">, name: string, detail: string): Promise<void> {
    this.#observer.forgetHealth(name);
    this.#observer.expectEnd(name);
    try {
      if (remedy === "restart") await this.#workloads.restart(name);
      else await this.#workloads.halt(name, detail);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const failed = `it is unhealthy, and could not be ${remedy === "restart" ? "restarted" : "stopped"}: ${message}`;
      this.#recorder.event({ kind: "workload-failed", workload: name, message: failed });
    }
    await this.#observer.refresh();
  }
}
