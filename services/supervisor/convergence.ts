import { type BackoffSettings, backoffMilliseconds } from "../async/backoff.ts";
import { sleep } from "../async/sleep.ts";
import type { Image } from "../model/image.ts";
import { type Reason, ReasonError, reasonOf } from "../model/reason.ts";
import { isRunByRun } from "../model/workload/job.ts";
import type { Workload } from "../model/workload.ts";
import type { DependencyWatch } from "./dependency-watch.ts";
import type { JournalledOrder } from "./journal/entries.ts";
import type { Journal } from "./journal/journal.ts";
import type { Observer } from "./observer.ts";
import { OrderProgress } from "./order-progress.ts";
import { hasEnded, type Observation, plan, type Step } from "./plan.ts";
import type { Images } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { retireImages } from "./retire.ts";
import { exitCodeOf } from "./status.ts";
import type { StepExecutor } from "./steps.ts";
import { fingerprintOf, type Outcome } from "./target.ts";

/** What a convergence needs. */
export interface ConvergenceOptions {
  readonly journal: Journal;
  readonly images: Images;
  readonly observer: Observer;
  readonly recorder: Recorder;
  readonly executor: StepExecutor;
  readonly dependencies: DependencyWatch;
  /** Deletes the volumes of a workload that is gone, but for those others name. */
  removeVolumes(manifest: Workload, order: JournalledOrder): Promise<void>;
  /** The run that a workload's schedule wants now. */
  runDue(workload: string): string | undefined;
}

export const BACKOFF: BackoffSettings = { first: 1_000, most: 60_000 };
/** An order gives up after this many tries of a step that may pass; desired state never does. */
const MOST_ORDERED_TRIES = 6;

/**
 * Brings one workload from what it is to what it shall be, one step at a time. An order's outcome becomes desired state only
 * when it was reached. When it cannot be, the journal is told why, the workload is led back to what it was, and only
 * then does the order end as failed: so it does also over a crash or a boot.
 */
export class Convergence {
  readonly #name: string;
  readonly #options: ConvergenceOptions;
  readonly #controller = new AbortController();
  #done = new OrderProgress(undefined);
  #step: Step["kind"] | undefined;
  #reason: Reason | undefined;
  /** Set to have it looked at once more after. */
  again = false;

  constructor(name: string, options: ConvergenceOptions) {
    this.#name = name;
    this.#options = options;
  }

  /** The step in hand, and why its last try failed. */
  get activity(): { step: Step["kind"] | undefined; reason: Reason | undefined } {
    return { step: this.#step, reason: this.#reason };
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Gives up what is in hand. */
  abort(): void {
    this.#controller.abort();
  }

  /** Settles when nothing is left to do, or when it was aborted. */
  async run(): Promise<void> {
    const { signal } = this;
    let tries = 0;
    while (!signal.aborted) {
      const order = this.#orderInHand();
      if (order !== undefined && order.id !== this.#done.order) {
        this.#done = this.#takeUp(order);
        tries = 0;
      }
      const step = await this.#tryOnce(order).catch((error: unknown) => ({ error }));
      if (signal.aborted) break;
      if (step === undefined) {
        // Before the receipt: who reads it finds the workload as it says.
        this.#step = undefined;
        const outcome = this.#outcomeOf(order);
        if (outcome === undefined || outcome === "removed") await this.#options.executor.forget(this.#name);
        this.#options.observer.changed.notify();
        if (order === undefined) break;
        await this.#end(order);
        continue;
      }
      if (!("error" in step)) {
        tries = 0;
        this.#reason = undefined;
        this.#done.note(step);
        continue;
      }
      this.#reason = reasonOf(step.error);
      const mayPass = step.error instanceof ReasonError && step.error.transient;
      tries++;
      if (order !== undefined && (!mayPass || tries >= MOST_ORDERED_TRIES)) {
        await this.#giveUp(order, withTries(this.#reason, tries));
        tries = 0;
        continue;
      }
      this.#step = undefined;
      this.#options.observer.changed.notify();
      await sleep(backoffMilliseconds(tries, BACKOFF), signal);
    }
    this.#step = undefined;
    this.#reason = undefined;
  }

  #orderInHand(): JournalledOrder | undefined {
    return this.#options.journal
      .unfinished()
      .find(({ workload, outcome }) => workload === this.#name && outcome !== undefined);
  }

  /** One that was running may have failed already: then its newest receipt says why. */
  #takeUp(order: JournalledOrder): OrderProgress {
    if (order.status === "running") return new OrderProgress(order.id, this.#options.journal.newestReceipt(order.id));
    this.#advance(order, { status: "running" });
    return new OrderProgress(order.id);
  }

  /** Looks, plans and carries out the first step; undefined when there is none. */
  async #tryOnce(order: JournalledOrder | undefined): Promise<Step | undefined> {
    const { observer, executor } = this.#options;
    await observer.refresh();
    const outcome = this.#outcomeOf(order);
    const image = await this.#imageOf(outcome, order);
    this.#done.digest = image?.digest;
    const run = this.#runOf(outcome, order);
    const [step] = this.#plan(outcome, image, { run, asked: order === undefined ? "nothing" : this.#done.asked });
    // Only an order waits to see whether a start came off; otherwise restart policy and health check see to it.
    if (step === undefined || (step.kind === "await-ready" && order === undefined)) return undefined;
    this.#step = step.kind;
    observer.changed.notify();
    const manifest = outcome === undefined || outcome === "removed" ? undefined : outcome.manifest;
    await executor.run(step, { name: this.#name, manifest, image, run: run ?? "", order, signal: this.signal });
    await observer.refresh();
    return step;
  }

  #outcomeOf(order: JournalledOrder | undefined): Outcome | undefined {
    const desired = this.#options.journal.desired().get(this.#name)?.target;
    return order === undefined || this.#done.failure !== undefined ? desired : order.outcome;
  }

  async #imageOf(outcome: Outcome | undefined, order: JournalledOrder | undefined): Promise<Image | undefined> {
    if (outcome === undefined || outcome === "removed") return undefined;
    // An apply order asks the registry what the reference means now, unless told not to; all else takes what is here.
    const { pull } = outcome.manifest;
    const applied = order?.action.kind === "apply" && this.#done.failure === undefined;
    const lookAnew = applied && pull === "always" && !this.#done.pulled;
    return lookAnew ? undefined : await this.#options.images.find(outcome.manifest.image, outcome.digest);
  }

  /** A job is run by an order, and one that is desired was done; a schedule says itself when, or an order to start does. */
  #runOf(outcome: Outcome | undefined, order: JournalledOrder | undefined): string | undefined {
    const manifest = runByRun(outcome);
    if (manifest === undefined) return "";
    if (order === undefined) return manifest.schedule === undefined ? undefined : this.#options.runDue(this.#name);
    if (this.#done.failure !== undefined) return undefined;
    if (manifest.schedule !== undefined && order.action.kind !== "start") return undefined;
    // To start what runs already is to wait for its end.
    const unit = this.#options.observer.unit(this.#name);
    const running = order.action.kind === "start" && unit !== undefined && !hasEnded(unit) ? unit.run : "";
    this.#done.run ??= running === "" ? order.id : running;
    return this.#done.run;
  }

  #plan(
    outcome: Outcome | undefined,
    image: Image | undefined,
    wanted: Pick<Observation, "run" | "asked">,
  ): readonly Step[] {
    const { observer } = this.#options;
    const known = outcome !== undefined && outcome !== "removed" && image !== undefined;
    return plan(outcome, {
      unit: observer.unit(this.#name),
      successor: observer.unit(this.#name, "successor"),
      retired: observer.unit(this.#name, "retired") !== undefined,
      fingerprint: known ? fingerprintOf(outcome.manifest, image.digest) : undefined,
      health: observer.healthOf(this.#name).health,
      waits:
        outcome !== undefined &&
        outcome !== "removed" &&
        this.#options.dependencies.blockerOf(outcome.manifest) !== undefined,
      ...wanted,
    });
  }

  async #end(order: JournalledOrder): Promise<void> {
    const { journal, recorder } = this.#options;
    const { failure, digest, restarted } = this.#done;
    if (failure !== undefined) {
      return this.#fail(order, failure, `what ran before runs ${restarted ? "again" : "on"}`);
    }
    const replaced = journal.desired().get(order.workload)?.target;
    if (order.action.kind === "remove" && order.action.volumes === true && replaced !== undefined) {
      await this.#options.removeVolumes(replaced.manifest, order);
    }
    recorder.clear(order.id);
    const pinned =
      order.outcome === undefined || order.outcome === "removed" || digest === undefined
        ? order.outcome
        : { ...order.outcome, digest };
    const outcome = runByRun(order.outcome)?.job?.remove === true ? "removed" : pinned;
    const end = { status: "succeeded", ...this.#exitCodeOf(order) } as const;
    if (journal.advance(order.id, end, outcome) !== undefined) recorder.receipt();
    if (replaced !== undefined) await retireImages(replaced, this.#options);
  }

  /** The order cannot be carried out: what it has changed is taken back first. */
  async #giveUp(order: JournalledOrder, reason: Reason): Promise<void> {
    const { failure } = this.#done;
    if (failure !== undefined)
      return this.#fail(order, failure, `what ran before does not run again: ${reason.message}`);
    const former = this.#options.journal.desired().get(order.workload)?.target;
    if (former?.run !== "running") return this.#fail(order, reason);
    await this.#options.observer.refresh();
    const image = await this.#options.images.find(former.manifest.image, former.digest);
    const run = runByRun(former) === undefined ? "" : undefined;
    if (this.#plan(former, image, { run, asked: "nothing" }).length === 0) return this.#fail(order, reason);
    const failed = { reason, ...this.#exitCodeOf(order) };
    this.#advance(order, { status: "running", ...failed });
    this.#done = new OrderProgress(order.id, failed);
    this.#reason = undefined;
  }

  #fail(order: JournalledOrder, reason: Reason, former?: string): void {
    this.#options.recorder.clear(order.id);
    const message = former === undefined ? reason.message : `${reason.message}; ${former}`;
    this.#advance(order, { status: "failed", reason: { ...reason, message }, ...this.#exitCodeOf(order) });
  }

  /** How the job that an order runs ended, where it has. */
  #exitCodeOf(order: JournalledOrder): { exitCode?: number } {
    if (runByRun(order.outcome) === undefined) return {};
    const unit = this.#options.observer.unit(this.#name);
    const seen = unit !== undefined && unit.run === this.#done.run && hasEnded(unit) ? exitCodeOf(unit) : undefined;
    const exitCode = seen ?? this.#done.exitCode;
    return exitCode === undefined ? {} : { exitCode };
  }

  #advance(order: JournalledOrder, advance: Parameters<Journal["advance"]>[1]): void {
    const receipt = this.#options.journal.advance(order.id, advance);
    if (receipt !== undefined) this.#options.recorder.receipt();
  }
}

/** The manifest of an outcome whose runs are made one by one; undefined of any other, and of what is not to run. */
function runByRun(outcome: Outcome | undefined): Workload | undefined {
  if (outcome === undefined || outcome === "removed" || outcome.run === "stopped") return undefined;
  return isRunByRun(outcome.manifest) ? outcome.manifest : undefined;
}

function withTries(reason: Reason, tries: number): Reason {
  return tries > 1 ? { ...reason, message: `${reason.message} (tried ${tries} times)` } : reason;
}
