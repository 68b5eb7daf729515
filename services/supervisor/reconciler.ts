import { type BackoffSettings, backoffMilliseconds } from "../async/backoff.ts";
import { sleep } from "../async/sleep.ts";
import type { Reason } from "../model/reason.ts";
import { ReasonError, reasonOf } from "../model/reason.ts";
import type { JournalledOrder } from "./journal/entries.ts";
import type { Journal } from "./journal/journal.ts";
import type { Observer } from "./observer.ts";
import { type Observation, plan, type Step } from "./plan.ts";
import type { Images } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import type { StepExecutor } from "./steps.ts";
import { fingerprintOf, type Outcome } from "./target.ts";

/** The convergence of one workload that is under way. */
interface Convergence {
  readonly controller: AbortController;
  step: Step["kind"] | undefined;
  reason: Reason | undefined;
  again: boolean;
}

/** What was done already for the order in hand, and what it still asks for. */
interface DoneForOrder {
  readonly order: string;
  pulled: boolean;
  asked: Observation["asked"];
}

const BACKOFF: BackoffSettings = { first: 1_000, most: 60_000 };
/** An order gives up after this many tries of a step that may pass; desired state never does. */
const MOST_ORDERED_TRIES = 6;

/**
 * Brings each workload from what it is to what it shall be, one step at a time, each workload on its own. An order's
 * outcome becomes desired state only when it was reached; when it fails, the workload goes back to what it was.
 */
export class Reconciler {
  readonly #journal: Journal;
  readonly #images: Images;
  readonly #observer: Observer;
  readonly #recorder: Recorder;
  readonly #executor: StepExecutor;
  readonly #onSettled: (name: string) => void;
  readonly #onError: (error: unknown) => void;
  readonly #running = new Map<string, Convergence>();
  #stopped = false;

  constructor(options: {
    journal: Journal;
    images: Images;
    observer: Observer;
    recorder: Recorder;
    executor: StepExecutor;
    /** Called when a workload needs nothing more for now. */
    onSettled(name: string): void;
    onError(error: unknown): void;
  }) {
    this.#onError = options.onError;
    this.#journal = options.journal;
    this.#images = options.images;
    this.#observer = options.observer;
    this.#recorder = options.recorder;
    this.#executor = options.executor;
    this.#onSettled = options.onSettled;
  }

  /** The step in hand for a workload, and why its last try failed. */
  activity(name: string): { step: Step["kind"] | undefined; reason: Reason | undefined } {
    const convergence = this.#running.get(name);
    return { step: convergence?.step, reason: convergence?.reason };
  }

  /** Sees to a workload; one that is being seen to is looked at once more after. */
  kick(name: string): void {
    if (this.#stopped) return;
    const running = this.#running.get(name);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const convergence: Convergence = {
      controller: new AbortController(),
      step: undefined,
      reason: undefined,
      again: false,
    };
    this.#running.set(name, convergence);
    const converged = this.#converge(name, convergence).catch((error: unknown) => {
      // The journal cannot be written, most likely because the disk is full: all is looked at again a while later.
      this.#onError(error);
      convergence.again = true;
      return sleep(BACKOFF.first, convergence.controller.signal);
    });
    void converged.finally(() => {
      this.#running.delete(name);
      if (convergence.again) this.kick(name);
      else if (!this.#stopped) this.#onSettled(name);
    });
  }

  /** Gives up what is in hand for a workload, because something newer shall be: then sees to that. */
  interrupt(name: string): void {
    this.#running.get(name)?.controller.abort();
    this.kick(name);
  }

  /** Starts nothing more, and gives up pulls. Workloads run on. */
  stop(): void {
    this.#stopped = true;
    for (const { controller } of this.#running.values()) controller.abort();
  }

  async #converge(name: string, convergence: Convergence): Promise<void> {
    const { signal } = convergence.controller;
    let tries = 0;
    let done: DoneForOrder = { order: "", pulled: false, asked: "nothing" };
    while (!signal.aborted) {
      const order = this.#journal.unfinished().find((one) => one.workload === name && one.outcome !== undefined);
      if (order !== undefined && order.id !== done.order) {
        done = { order: order.id, pulled: false, asked: "start" };
        tries = 0;
        this.#advance(order, { status: "running" });
      }
      const step = await this.#tryOnce(name, order, done, convergence).catch((error: unknown) => ({ error }));
      if (signal.aborted) break;
      if (step === undefined) {
        // Before the receipt: who reads it finds the workload as it says.
        convergence.step = undefined;
        this.#observer.changed.notify();
        if (order === undefined) break;
        await this.#complete(order);
        continue;
      }
      if (!("error" in step)) {
        tries = 0;
        convergence.reason = undefined;
        done.pulled ||= step.kind === "pull";
        if (step.kind === "start" && done.asked === "start") done.asked = "judgement";
        if (step.kind === "await-ready") done.asked = "nothing";
        continue;
      }
      convergence.reason = reasonOf(step.error);
      const mayPass = step.error instanceof ReasonError && step.error.transient;
      tries++;
      if (order !== undefined && (!mayPass || tries >= MOST_ORDERED_TRIES)) {
        this.#fail(order, convergence.reason, tries);
        tries = 0;
        continue;
      }
      convergence.step = undefined;
      this.#observer.changed.notify();
      await sleep(backoffMilliseconds(tries, BACKOFF), signal);
    }
    convergence.step = undefined;
    convergence.reason = undefined;
  }

  /** Looks, plans and carries out the first step; undefined when there is none. */
  async #tryOnce(
    name: string,
    order: JournalledOrder | undefined,
    done: DoneForOrder,
    convergence: Convergence,
  ): Promise<Step | undefined> {
    const outcome: Outcome | undefined = order?.outcome ?? this.#journal.desired().get(name)?.target;
    await this.#observer.refresh();
    const manifest = outcome === undefined || outcome === "removed" ? undefined : outcome.manifest;
    // An apply order asks the registry what the reference means now; all else takes what is here.
    const lookAnew = order?.action.kind === "apply" && !done.pulled;
    const image = manifest === undefined || lookAnew ? undefined : await this.#images.find(manifest.image);
    const [step] = plan(outcome, {
      unit: this.#observer.unit(name),
      fingerprint: manifest === undefined || image === undefined ? undefined : fingerprintOf(manifest, image.digest),
      health: this.#observer.health.healthOf(name).health,
      // Only an order waits to see whether a start came off; otherwise restart policy and health check see to it.
      asked: order === undefined ? "nothing" : done.asked,
    });
    if (step === undefined || (step.kind === "await-ready" && order === undefined)) return undefined;
    convergence.step = step.kind;
    this.#observer.changed.notify();
    await this.#executor.run(step, { name, manifest, image, order, signal: convergence.controller.signal });
    await this.#observer.refresh();
    return step;
  }

  async #complete(order: JournalledOrder): Promise<void> {
    const replaced = this.#journal.desired().get(order.workload)?.target.manifest.image;
    this.#recorder.clear(order.id);
    const receipt = this.#journal.advance(order.id, { status: "succeeded" }, order.outcome);
    if (receipt !== undefined) this.#recorder.receipt();
    if (replaced !== undefined) await this.#collect(replaced);
  }

  #fail(order: JournalledOrder, reason: Reason, tries: number): void {
    this.#recorder.clear(order.id);
    const message = tries > 1 ? `${reason.message} (tried ${tries} times)` : reason.message;
    this.#advance(order, { status: "failed", reason: { ...reason, message } });
  }

  #advance(order: JournalledOrder, advance: Parameters<Journal["advance"]>[1]): void {
    const receipt = this.#journal.advance(order.id, advance);
    if (receipt !== undefined) this.#recorder.receipt();
  }

  /** Deletes the image a workload no longer uses, unless another names it. */
  async #collect(reference: string): Promise<void> {
    const named = [...this.#journal.desired().values()].map(({ target }) => target.manifest.image);
    for (const { outcome } of this.#journal.unfinished()) {
      if (outcome !== undefined && outcome !== "removed") named.push(outcome.manifest.image);
    }
    try {
      const retired = named.includes(reference) ? undefined : (await this.#images.find(reference))?.reference;
      const kept = (await this.#images.list()).map((image) => image.reference).filter((one) => one !== retired);
      const freed = await this.#images.collect(kept);
      if (freed > 0)
        this.#recorder.event({ kind: "images-collected", message: `${freed} bytes of unused layers were deleted` });
    } catch (error) {
      this.#recorder.event({
        kind: "images-collected",
        message: "unused layers could not be deleted",
        reason: reasonOf(error),
      });
    }
  }
}
