import { sleep } from "../async/sleep.ts";
import type { Policy } from "../model/policy.ts";
import { type Reason, ReasonError } from "../model/reason.ts";
import type { Receipt } from "../model/receipt.ts";
import { isFinal } from "../model/receipt.ts";
import type { Workload } from "../model/workload.ts";
import { Acts } from "./acts.ts";
import type { Capacity } from "./admission/reservations.ts";
import { DependencyWatch } from "./dependency-watch.ts";
import { ImageService } from "./image-service.ts";
import { Inbox } from "./inbox.ts";
import type { Journal } from "./journal/journal.ts";
import { Observer } from "./observer.ts";
import type { Clock, Images, Volumes, Workloads } from "./ports.ts";
import { Reconciler } from "./reconciler.ts";
import { Recorder } from "./recorder.ts";
import { Remedies } from "./remedy.ts";
import { Reporter } from "./reporter.ts";
import { Scheduler } from "./schedule/scheduler.ts";
import { StepExecutor } from "./steps.ts";
import type { Target } from "./target.ts";
import { VolumeService } from "./volume-service.ts";

/** How long an accepted order's receipt has to be signed and sent before the order is taken up, in milliseconds. */
const HEAD_START = 2;

/** Before a loop that failed is begun anew. */
const LOOP_PAUSE = 1_000;

/** How long changes of units are gathered before the supervisor looks at them, in milliseconds. */
const BURST = 100;

/** What a supervisor is made of. */
export interface SupervisorOptions {
  readonly device: string;
  readonly journal: Journal;
  readonly images: Images;
  readonly workloads: Workloads;
  readonly volumes: Volumes;
  readonly clock: Clock;
  readonly signingKeys: ReadonlyMap<string, string>;
  readonly policy: Policy;
  /** What the device has, of which workloads can reserve a part. */
  readonly capacity: Capacity;
  /** Whether the clock is known to show the right time. */
  clockSynchronized(): Promise<boolean>;
  /** How long a process without a health check must run to count as started well, in milliseconds; 1000 unless given. */
  readonly settle?: number;
  /** How long an order waits for what its workload starts after, in milliseconds; ten minutes unless given. */
  readonly dependencyPatience?: number;
  /** Hears of what went wrong and is tried again, or could not be recorded. */
  onError(error: unknown): void;
}

/** Takes orders and keeps workloads as they shall be. */
export class Supervisor {
  readonly inbox: Inbox;
  readonly recorder: Recorder;
  readonly reporter: Reporter;
  readonly journal: Journal;
  readonly volumes: VolumeService;
  readonly images: ImageService;
  readonly #acts: Acts;
  readonly #observer: Observer;
  readonly #reconciler: Reconciler;
  readonly #scheduler: Scheduler;
  readonly #remedies: Remedies;
  readonly #workloads: Workloads;
  readonly #onError: (error: unknown) => void;
  readonly #controller = new AbortController();
  readonly #changedUnits = new Set<string>();

  constructor(options: SupervisorOptions) {
    const { journal, images, workloads, clock, device } = options;
    const targets = () => targetsOf(journal);
    this.journal = journal;
    this.#workloads = workloads;
    this.#onError = options.onError;
    const onError = (error: unknown) => options.onError(error);
    this.recorder = new Recorder(journal, onError);
    this.volumes = new VolumeService({ volumes: options.volumes, workloads, recorder: this.recorder, targets });
    this.images = new ImageService({ journal, images, recorder: this.recorder });
    this.#observer = new Observer({ workloads, recorder: this.recorder });
    this.#acts = new Acts({
      journal,
      workloads,
      images: this.images,
      volumes: this.volumes,
      observer: this.#observer,
      recorder: this.recorder,
      clock,
      stopping: this.#controller.signal,
      onError,
    });
    const patience = options.dependencyPatience;
    const isDone = (name: string) => isDoneJob(journal, name);
    const dependencies = new DependencyWatch({ observer: this.#observer, targets, isDone, patience });
    const executor = new StepExecutor({
      images,
      workloads,
      observer: this.#observer,
      recorder: this.recorder,
      dependencies,
      settle: options.settle ?? 1_000,
    });
    this.#reconciler = new Reconciler({
      journal,
      images,
      observer: this.#observer,
      recorder: this.recorder,
      executor,
      dependencies,
      removeVolumes: (manifest, order) => this.volumes.removeWith(manifest, order),
      runDue: (name) => this.#scheduler.runDue(name),
      onSettled: () => this.#observer.changed.notify(),
      onError,
    });
    this.#remedies = new Remedies({
      journal,
      workloads,
      observer: this.#observer,
      recorder: this.recorder,
      reconciler: this.#reconciler,
    });
    this.#scheduler = new Scheduler({
      journal,
      observer: this.#observer,
      recorder: this.recorder,
      clock,
      synchronized: () => options.clockSynchronized(),
      busy: (name) => this.#reconciler.activity(name).step !== undefined,
      onDue: (name) => this.#reconciler.kick(name),
    });
    const reconciler = () => this.#reconciler;
    const scheduler = () => this.#scheduler;
    this.reporter = new Reporter({
      device,
      journal,
      images,
      observer: this.#observer,
      clock,
      reconciler,
      scheduler,
      dependencies,
      targets,
    });
    this.inbox = new Inbox({
      journal,
      clock,
      device,
      signingKeys: options.signingKeys,
      policy: options.policy,
      capacity: options.capacity,
      targets,
      standing: () => standingOf(journal),
      onReceipt: (receipt) => this.#onReceipt(receipt),
    });
  }

  /** Looks at the device, adopts what runs, takes up what a crash left, and goes on from there. */
  async start(problems: readonly Reason[]): Promise<void> {
    const { signal } = this.#controller;
    this.recorder.event({ kind: "supervisor-started", message: "the supervisor started" });
    for (const reason of problems) {
      this.recorder.event({ kind: "configuration-invalid", message: reason.message, reason });
    }
    await this.#observer.refresh();
    const targets = targetsOf(this.journal);
    for (const name of this.#observer.names()) {
      if (!targets.has(name)) continue;
      this.recorder.event({
        kind: "workload-adopted",
        workload: name,
        message: `${name} was here already and goes on`,
      });
    }
    signal.addEventListener(
      "abort",
      this.#workloads.onChange((name) => this.#onUnitChange(name)),
      { once: true },
    );
    await this.#scheduler.look();
    for (const order of this.journal.unfinished()) if (order.outcome === undefined) this.#acts.resume(order);
    for (const name of new Set([...targetsOf(this.journal, "with those that go").keys(), ...this.#observer.names()])) {
      this.#reconciler.kick(name);
    }
    await this.reporter.update();
    void this.#goOn(signal, () => this.reporter.run(signal));
    void this.#goOn(signal, () => this.#scheduler.run(signal));
    void this.#goOn(signal, () => this.#remedies.run(signal));
  }

  /** Ends the supervision; workloads run on. */
  stop(): void {
    this.recorder.event({ kind: "supervisor-stopping", message: "the supervisor stops; workloads run on" });
    this.#controller.abort();
    this.#reconciler.stop();
    this.#observer.stop();
  }

  /** Cancels an order that has not ended; what it began is taken back. */
  cancel(id: string): Receipt {
    const order = this.journal.order(id);
    const newest = this.journal.newestReceipt(id);
    if (order === undefined || newest === undefined) {
      throw new ReasonError({ code: "order-not-found", message: `there is no order ${id}`, field: "id", value: id });
    }
    if (isFinal(order.status)) {
      throw new ReasonError({
        code: "order-not-cancellable",
        message: `order ${id} has ended: ${order.status}`,
        field: "id",
        value: id,
        allowed: "an order that is accepted or running",
      });
    }
    const receipt = this.journal.advance(id, { status: "cancelled" });
    this.#acts.cancel(id);
    if (receipt !== undefined) this.recorder.receipt();
    this.recorder.clear(id);
    if (order.outcome !== undefined) this.#reconciler.interrupt(order.workload);
    return receipt ?? newest;
  }

  #onReceipt(receipt: Receipt): void {
    this.recorder.receipt();
    // The answer and the receipt go out first: what follows writes to the disk, and nothing else happens meanwhile.
    if (receipt.status === "accepted") setTimeout(() => this.#takeUp(receipt.order), HEAD_START);
  }

  #takeUp(id: string): void {
    const order = this.#controller.signal.aborted ? undefined : this.journal.order(id);
    // It may have ended meanwhile, or been found by the reconciler.
    if (order?.status !== "accepted") return;
    if (order.outcome === undefined) this.#acts.begin(order);
    else this.#reconciler.interrupt(order.workload);
  }

  /** A start or a stop is a burst of some ten changes: they are looked at together. */
  #onUnitChange(name: string): void {
    this.#changedUnits.add(name);
    if (this.#changedUnits.size === 1) setTimeout(() => void this.#lookAtUnits().catch(this.#onError), BURST);
  }

  async #lookAtUnits(): Promise<void> {
    const names = [...this.#changedUnits];
    this.#changedUnits.clear();
    if (this.#controller.signal.aborted) return;
    if (!names.every((name) => this.#reconciler.looksAfter(name))) await this.#observer.refresh();
    for (const name of names) this.#reconciler.kick(name);
  }

  /** Keeps a loop going that is to run until `signal` aborts, whatever fails in it. */
  async #goOn(signal: AbortSignal, loop: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await loop().catch(this.#onError);
      await sleep(LOOP_PAUSE, signal);
    }
  }
}

/** What each workload shall be once every accepted order has ended well. */
function targetsOf(journal: Journal, going?: "with those that go"): Map<string, Target> {
  const targets = new Map([...journal.desired()].map(([name, { target }]) => [name, target]));
  for (const { workload, outcome } of journal.unfinished()) {
    if (outcome === undefined) continue;
    if (outcome !== "removed") targets.set(workload, outcome);
    else if (going === undefined) targets.delete(workload);
  }
  return targets;
}

/** What each workload that is to run may run by now: what was reached, and what an order under way makes of it. */
function standingOf(journal: Journal): Map<string, Workload[]> {
  const standing = new Map<string, Workload[]>();
  const found = [
    ...[...journal.desired().values()].map(({ target }) => target),
    ...journal.unfinished().map(({ outcome }) => outcome),
  ];
  for (const target of found) {
    if (target === undefined || target === "removed" || target.run === "stopped") continue;
    const { manifest } = target;
    standing.set(manifest.name, [...(standing.get(manifest.name) ?? []), manifest]);
  }
  return standing;
}

/** Whether a workload is a job that was done: what is desired was reached. */
function isDoneJob(journal: Journal, name: string): boolean {
  const underWay = journal.unfinished().some(({ workload, outcome }) => workload === name && outcome !== undefined);
  return !underWay && journal.desired().get(name)?.target.manifest.job !== undefined;
}
