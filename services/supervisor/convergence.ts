import { type BackoffSettings, backoffMilliseconds } from "../async/backoff.ts";
import { sleep } from "../async/sleep.ts";
import type { Image } from "../model/image.ts";
import { type Reason, ReasonError, reasonOf } from "../model/reason.ts";
import type { DependencyWatch } from "./dependency-watch.ts";
import type { JournalledOrder } from "./journal/entries.ts";
import { OrderLedger, type OrderLedgerOptions } from "./order-ledger.ts";
import { OrderProgress } from "./order-progress.ts";
import { type Observation, plan, type Step } from "./plan.ts";
import type { StepExecutor } from "./steps.ts";
import { fingerprintOf, type Outcome, type Target } from "./target.ts";
import { runByRun, wantedOutcome, wantedRun } from "./wanted.ts";

/** What a convergence needs. */
export interface ConvergenceOptions extends OrderLedgerOptions {
  readonly executor: StepExecutor;
  readonly dependencies: DependencyWatch;
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
  readonly #ledger: OrderLedger;
  readonly #controller = new AbortController();
  #done = new OrderProgress(undefined);
  #step: Step["kind"] | undefined;
  #reason: Reason | undefined;
  /** Set to have it looked at once more after. */
  again = false;

  constructor(name: string, options: ConvergenceOptions) {
    this.#name = name;
    this.#options = options;
    this.#ledger = new OrderLedger(name, options);
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
    try {
      await this.#converge();
    } finally {
      this.#ledger.drop();
    }
    this.#step = undefined;
    this.#reason = undefined;
  }

  async #converge(): Promise<void> {
    const { signal } = this;
    let tries = 0;
    while (!signal.aborted) {
      const order = this.#ledger.inHand();
      if (order !== undefined && order.id !== this.#done.order) {
        this.#done = this.#ledger.takeUp(order);
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
        await this.#ledger.end(order, this.#done);
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
  }

  /** Looks, plans and carries out the first step; undefined when there is none. */
  async #tryOnce(order: JournalledOrder | undefined): Promise<Step | undefined> {
    const { observer, executor } = this.#options;
    await observer.refresh();
    const outcome = this.#outcomeOf(order);
    const image = await this.#imageOf(outcome, order);
    this.#done.digest = image?.digest;
    const run = wantedRun(outcome, order, this.#done, {
      unit: observer.unit(this.#name),
      due: () => this.#options.runDue(this.#name),
    });
    if (order !== undefined && run !== undefined && run !== "") this.#done.run = run;
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
    return wantedOutcome(this.#desired(), order, this.#done);
  }

  #desired(): Target | undefined {
    return this.#options.journal.desired().get(this.#name)?.target;
  }

  async #imageOf(outcome: Outcome | undefined, order: JournalledOrder | undefined): Promise<Image | undefined> {
    if (outcome === undefined || outcome === "removed") return undefined;
    // An apply order asks the registry what the reference means now, unless told not to; all else takes what is here.
    const { pull } = outcome.manifest;
    const applied = order?.action.kind === "apply" && this.#done.failure === undefined;
    const lookAnew = applied && pull === "always" && !this.#done.pulled;
    return lookAnew ? undefined : await this.#options.images.find(outcome.manifest.image, outcome.digest);
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

  /** The order cannot be carried out: what it has changed is taken back first. */
  async #giveUp(order: JournalledOrder, reason: Reason): Promise<void> {
    const { failure } = this.#done;
    if (failure !== undefined) {
      return this.#ledger.fail(order, this.#done, failure, `what ran before does not run again: ${reason.message}`);
    }
    const former = this.#desired();
    if (former?.run !== "running") return this.#ledger.fail(order, this.#done, reason);
    await this.#options.observer.refresh();
    const image = await this.#options.images.find(former.manifest.image, former.digest);
    const run = runByRun(former) === undefined ? "" : undefined;
    if (this.#plan(former, image, { run, asked: "nothing" }).length === 0) {
      return this.#ledger.fail(order, this.#done, reason);
    }
    this.#done = this.#ledger.leadBack(order, this.#done, reason);
    this.#reason = undefined;
  }
}

function withTries(reason: Reason, tries: number): Reason {
  return tries > 1 ? { ...reason, message: `${reason.message} (tried ${tries} times)` } : reason;
}
