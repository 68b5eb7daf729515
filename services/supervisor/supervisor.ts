import { createBurst } from "../async/burst.ts";
import { keepOn } from "../async/keep-on.ts";
import type { Policy } from "../model/policy.ts";
import type { Reason } from "../model/reason.ts";
import type { Receipt } from "../model/receipt.ts";
import { Acts } from "./acts.ts";
import type { Capacity } from "./admission/reservations.ts";
import { cancelOrder } from "./cancel.ts";
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
import { isDoneJob, standingOf, targetsOf } from "./targets.ts";
import { VolumeService } from "./volume-service.ts";

/** How long an accepted order's receipt has to be signed and sent before the order is taken up, in milliseconds. */
const HEAD_START = 2;

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
    // A start or a stop is a burst of some ten changes: they are looked at together.
    const changed = createBurst<string>(BURST, (names) => this.#lookAtUnits(names), this.#onError);
    signal.addEventListener("abort", this.#workloads.onChange(changed), { once: true });
    await this.#scheduler.look();
    for (const order of this.journal.unfinished()) if (order.outcome === undefined) this.#acts.resume(order);
    for (const name of new Set([...targetsOf(this.journal, "with those that go").keys(), ...this.#observer.names()])) {
      this.#reconciler.kick(name);
    }
    await this.reporter.update();
    for (const loop of [this.reporter, this.#scheduler, this.#remedies]) {
      void keepOn(signal, () => loop.run(signal), this.#onError);
    }
  }

  /** Ends the supervision; workloads run on. */
  stop(): void {
    this.recorder.event({ kind: "supervisor-stopping", message: "the supervisor stops; workloads run on" });
    this.#controller.abort();
    this.#reconciler.stop();
    this.#observer.stop();
  }

  /** {@link cancelOrder}. */
  cancel(id: string): Receipt {
    const { journal, recorder } = this;
    return cancelOrder(id, { journal, recorder, acts: this.#acts, reconciler: this.#reconciler });
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

  async #lookAtUnits(names: readonly string[]): Promise<void> {
    if (this.#controller.signal.aborted) return;
    await this.#observer.refresh();
    for (const name of names) this.#reconciler.kick(name);
  }
}
