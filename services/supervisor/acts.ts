import { type Reason, ReasonError, reasonOf } from "../model/reason.ts";
import type { Advance, Journal, JournalledOrder } from "./journal.ts";
import type { Observer } from "./observer.ts";
import type { Clock, Workloads } from "./ports.ts";
import type { Recorder } from "./recorder.ts";

/** Carries out orders that change no desired state: `restart`, `exec` and `logs`. */
export class Acts {
  readonly #journal: Journal;
  readonly #workloads: Workloads;
  readonly #observer: Observer;
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #running = new Map<string, AbortController>();

  constructor(options: {
    journal: Journal;
    workloads: Workloads;
    observer: Observer;
    recorder: Recorder;
    clock: Clock;
  }) {
    this.#journal = options.journal;
    this.#workloads = options.workloads;
    this.#observer = options.observer;
    this.#recorder = options.recorder;
    this.#clock = options.clock;
  }

  /** Starts an act; its end is written as a receipt. */
  begin(order: JournalledOrder): void {
    if (this.#running.has(order.id)) return;
    const controller = new AbortController();
    this.#running.set(order.id, controller);
    void this.#carryOut(order, controller.signal).finally(() => this.#running.delete(order.id));
  }

  /**
   * Takes up an act that a crash of the supervisor left behind. A command may have run already and must not run twice:
   * it ends as failed, and says so.
   */
  resume(order: JournalledOrder): void {
    if (order.status === "running" && order.action.kind === "exec") {
      this.#advance(order, { status: "failed", reason: INTERRUPTED });
      return;
    }
    this.begin(order);
  }

  /** Gives up an act that was cancelled. */
  cancel(id: string): void {
    this.#running.get(id)?.abort();
  }

  async #carryOut(order: JournalledOrder, signal: AbortSignal): Promise<void> {
    this.#advance(order, { status: "running" });
    try {
      this.#advance(order, await this.#act(order, signal));
    } catch (error) {
      if (!signal.aborted) this.#advance(order, { status: "failed", reason: reasonOf(error) });
    }
  }

  async #act({ action }: JournalledOrder, signal: AbortSignal): Promise<Advance> {
    switch (action.kind) {
      case "restart":
        await this.#requireRunning(action.workload);
        await this.#workloads.restart(action.workload);
        await this.#observer.refresh();
        return { status: "succeeded" };
      case "exec": {
        await this.#requireRunning(action.workload);
        const { command, timeoutSeconds } = action;
        const exec = await this.#workloads.exec(action.workload, command, { timeoutSeconds, signal });
        return { status: "succeeded", exec };
      }
      case "logs": {
        const until = new Date(this.#clock.now().getTime() + action.seconds * 1000).toISOString();
        return { status: "succeeded", logs: { tail: action.tail, until } };
      }
      case "apply":
      case "remove":
      case "start":
      case "stop":
        throw new Error(`${action.kind} is not an act`);
    }
  }

  async #requireRunning(name: string): Promise<void> {
    await this.#observer.refresh();
    const unit = this.#observer.unit(name)?.unit ?? "absent";
    if (unit === "active" || unit === "restarting") return;
    throw new ReasonError({
      code: "workload-not-running",
      message: `${name} is not running`,
      field: "workload",
      value: name,
      allowed: "a workload that runs; start it first",
    });
  }

  #advance(order: JournalledOrder, advance: Advance): void {
    const receipt = this.#journal.advance(order.id, advance);
    if (receipt !== undefined) this.#recorder.receipt();
  }
}

const INTERRUPTED: Reason = {
  code: "interrupted",
  message: "the supervisor ended while the command ran; it may have taken effect, and was not run again",
};
