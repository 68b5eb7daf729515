import { sleep } from "../async/sleep.ts";
import type { Reason } from "../model/reason.ts";
import { BACKOFF, Convergence, type ConvergenceOptions } from "./convergence.ts";
import type { Step } from "./plan.ts";

/** Sees to it that each workload becomes what it shall be, each on its own. */
export class Reconciler {
  readonly #options: ConvergenceOptions;
  readonly #onSettled: (name: string) => void;
  readonly #onError: (error: unknown) => void;
  readonly #running = new Map<string, Convergence>();
  #stopped = false;

  constructor(
    options: ConvergenceOptions & {
      /** Called when a workload needs nothing more for now. */
      onSettled(name: string): void;
      onError(error: unknown): void;
    },
  ) {
    this.#options = options;
    this.#onError = options.onError;
    this.#onSettled = options.onSettled;
  }

  /** The step in hand for a workload, and why its last try failed. */
  activity(name: string): { step: Step["kind"] | undefined; reason: Reason | undefined } {
    return this.#running.get(name)?.activity ?? { step: undefined, reason: undefined };
  }

  /** Sees to a workload; one that is being seen to is looked at once more after. */
  kick(name: string): void {
    if (this.#stopped) return;
    const running = this.#running.get(name);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const convergence = new Convergence(name, this.#options);
    this.#running.set(name, convergence);
    const converged = convergence.run().catch((error: unknown) => {
      // The journal cannot be written, most likely because the disk is full: all is looked at again a while later.
      this.#onError(error);
      convergence.again = true;
      return sleep(BACKOFF.first, convergence.signal);
    });
    void converged.finally(() => {
      this.#running.delete(name);
      if (convergence.again) this.kick(name);
      else if (!this.#stopped) this.#onSettled(name);
    });
  }

  /** Gives up what is in hand for a workload, because something newer shall be: then sees to that. */
  interrupt(name: string): void {
    this.#running.get(name)?.abort();
    this.kick(name);
  }

  /** Starts nothing more, and gives up pulls. Workloads run on. */
  stop(): void {
    this.#stopped = true;
    for (const convergence of this.#running.values()) convergence.abort();
  }
}
