import type { Reason } from "../model/reason.ts";
import { ReasonError } from "../model/reason.ts";
import type { Workload } from "../model/workload.ts";
import { blockerOf } from "./dependencies.ts";
import type { Observer } from "./observer.ts";
import type { Target } from "./target.ts";

/** How long an order waits for what its workload comes after, in milliseconds; desired state waits for ever. */
const ORDERED_PATIENCE = 600_000;

/** Knows what workloads wait for. */
export class DependencyWatch {
  readonly #observer: Observer;
  readonly #targets: () => ReadonlyMap<string, Target>;
  readonly #isDone: (name: string) => boolean;
  readonly #patience: number;

  constructor(options: {
    observer: Observer;
    targets(): ReadonlyMap<string, Target>;
    /** Whether a workload is a job that was done. */
    isDone(name: string): boolean;
    /** Instead of {@link ORDERED_PATIENCE}. */
    patience?: number | undefined;
  }) {
    this.#observer = options.observer;
    this.#targets = options.targets;
    this.#isDone = (name) => options.isDone(name);
    this.#patience = options.patience ?? ORDERED_PATIENCE;
  }

  /** What a workload waits for before it starts; undefined when nothing. */
  blockerOf(manifest: Workload): Reason | undefined {
    const targets = this.#targets();
    return blockerOf(manifest, (name) => ({
      target: targets.get(name),
      done: this.#isDone(name),
      unit: this.#observer.unit(name),
      health: this.#observer.healthOf(name),
    }));
  }

  /**
   * Settles when the workload waits for nothing more, or `signal` aborts; for an order it throws `dependency-not-ready` after
   * ten minutes. `onWait` is told what is waited for, whenever that changes.
   */
  async wait(
    manifest: Workload,
    options: { readonly ordered: boolean; readonly signal: AbortSignal; onWait(blocker: Reason): void },
  ): Promise<void> {
    const { ordered, signal } = options;
    const deadline = performance.now() + this.#patience;
    let told: string | undefined;
    while (!signal.aborted) {
      const changed = this.#observer.changed.next(
        signal,
        ordered ? Math.max(0, deadline - performance.now()) : undefined,
      );
      const blocker = this.blockerOf(manifest);
      if (blocker === undefined) return;
      if (ordered && performance.now() >= deadline) throw tooLong(blocker, this.#patience);
      if (blocker.message !== told) options.onWait(blocker);
      told = blocker.message;
      await changed;
    }
  }
}

function tooLong(blocker: Reason, patience: number): ReasonError {
  const message = `after ${Math.round(patience / 1000)} s ${blocker.message}`;
  return new ReasonError({ ...blocker, code: "dependency-not-ready", message });
}
