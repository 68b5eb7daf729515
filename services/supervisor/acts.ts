import { type BackoffSettings, backoffMilliseconds } from "../async/backoff.ts";
import { sleep } from "../async/sleep.ts";
import type { Action } from "../model/action.ts";
import { type Reason, ReasonError, reasonOf } from "../model/reason.ts";
import type { ImageService } from "./image-service.ts";
import type { Advance, JournalledOrder } from "./journal/entries.ts";
import type { Journal } from "./journal/journal.ts";
import type { Observer } from "./observer.ts";
import type { Clock, Workloads } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import type { VolumeService } from "./volume-service.ts";

const BACKOFF: BackoffSettings = { first: 1_000, most: 60_000 };

/** Carries out orders that change no desired state, such as `restart`, `exec` and `query`. */
export class Acts {
  readonly #journal: Journal;
  readonly #workloads: Workloads;
  readonly #images: ImageService;
  readonly #volumes: VolumeService;
  readonly #observer: Observer;
  readonly #recorder: Recorder;
  readonly #clock: Clock;
  readonly #stopping: AbortSignal;
  readonly #onError: (error: unknown) => void;
  readonly #running = new Map<string, AbortController>();

  constructor(options: {
    journal: Journal;
    workloads: Workloads;
    images: ImageService;
    volumes: VolumeService;
    observer: Observer;
    recorder: Recorder;
    clock: Clock;
    /** Ends the waiting for a disk that is full. */
    stopping: AbortSignal;
    onError(error: unknown): void;
  }) {
    this.#stopping = options.stopping;
    this.#onError = options.onError;
    this.#journal = options.journal;
    this.#workloads = options.workloads;
    this.#images = options.images;
    this.#volumes = options.volumes;
    this.#observer = options.observer;
    this.#recorder = options.recorder;
    this.#clock = options.clock;
  }

  /** Starts an act; its end is written as a receipt. */
  begin(order: JournalledOrder): void {
    if (this.#running.has(order.id)) return;
    const controller = new AbortController();
    this.#running.set(order.id, controller);
    void this.#carryOut(order, controller.signal)
      .catch((error: unknown) => this.#onError(error))
      .finally(() => this.#running.delete(order.id));
  }

  /**
   * Takes up an act that a crash of the supervisor left behind. What may have been done already, and must not be done twice or
   * cannot be, ends as failed, and says so.
   */
  resume(order: JournalledOrder): void {
    if (order.status === "running" && isDoneOnce(order.action)) {
      void this.#settle(order, { status: "failed", reason: INTERRUPTED });
      return;
    }
    this.begin(order);
  }

  /** Gives up an act that was cancelled. */
  cancel(id: string): void {
    this.#running.get(id)?.abort();
  }

  async #carryOut(order: JournalledOrder, signal: AbortSignal): Promise<void> {
    await this.#settle(order, { status: "running" });
    let end: Advance;
    try {
      end = await this.#act(order, signal);
    } catch (error) {
      if (signal.aborted) return;
      end = { status: "failed", reason: reasonOf(error) };
    }
    await this.#settle(order, end);
  }

  /** Writes down where an order stands, as soon as it can be written: a full disk must not make it run again. */
  async #settle(order: JournalledOrder, advance: Advance): Promise<void> {
    for (let tries = 1; !this.#stopping.aborted; tries++) {
      try {
        if (this.#journal.advance(order.id, advance) !== undefined) this.#recorder.receipt();
        return;
      } catch (error) {
        this.#onError(error);
        await sleep(backoffMilliseconds(tries, BACKOFF), this.#stopping);
      }
    }
  }

  async #act({ id, issuer, action }: JournalledOrder, signal: AbortSignal): Promise<Advance> {
    switch (action.kind) {
      case "restart":
        await this.#requireRunning(action.workload);
        this.#observer.expectEnd(action.workload);
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
        const until = this.#after(action.seconds);
        return {
          status: "succeeded",
          logs: { tail: action.tail, ...(action.since === undefined ? {} : { since: action.since }), until },
        };
      }
      case "stats":
        return { status: "succeeded", stats: { interval: action.interval, until: this.#after(action.seconds) } };
      case "query":
        return { status: "succeeded", query: action.question };
      case "remove-volume":
        return { status: "succeeded", volume: await this.#volumes.remove(action.volume, { issuer, order: id }) };
      case "remove-image":
        return { status: "succeeded", images: await this.#images.remove(action.reference, { issuer, order: id }) };
      case "prune-images": {
        const { dryRun } = action;
        return { status: "succeeded", images: await this.#images.prune({ dryRun, issuer, order: id }) };
      }
      case "apply":
      case "remove":
      case "start":
      case "stop":
        throw new Error(`${action.kind} is not an act`);
    }
  }

  /** So many seconds from now. */
  #after(seconds: number): string {
    return new Date(this.#clock.now().getTime() + seconds * 1000).toISOString();
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
}

/** Whether an act that may have been done must not be begun again. */
function isDoneOnce({ kind }: Action): boolean {
  return kind === "exec" || kind === "remove-volume" || kind === "remove-image";
}

const INTERRUPTED: Reason = {
  code: "interrupted",
  message: "the supervisor ended while it was being done; it may have taken effect, and was not begun again",
};
