import { Feed } from "../async/feed.ts";
import type { State, WorkloadStatus } from "../model/state.ts";
import type { DependencyWatch } from "./dependency-watch.ts";
import type { Journal } from "./journal/journal.ts";
import type { Observer } from "./observer.ts";
import type { Clock, Images } from "./ports.ts";
import type { Reconciler } from "./reconciler.ts";
import type { Scheduler } from "./schedule/scheduler.ts";
import { type StatusInput, statusOf } from "./status.ts";
import type { Target } from "./target.ts";

/** Revisions set aside at each start: after a crash the next start goes on above them. */
const REVISIONS_A_START = 1_000_000;

/** What the reported state is made from. */
export interface ReporterOptions {
  readonly device: string;
  readonly journal: Journal;
  readonly images: Images;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly dependencies: DependencyWatch;
  reconciler(): Reconciler;
  scheduler(): Scheduler;
  targets(): ReadonlyMap<string, Target>;
}

/** Makes the reported state from everything known, and gives it a new revision at each change. */
export class Reporter {
  readonly changed = new Feed();
  readonly #options: ReporterOptions;
  #revision: number;
  #state: State;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#revision = options.journal.reserve("state-revision", REVISIONS_A_START);
    this.#state = {
      device: options.device,
      revision: this.#revision,
      at: options.clock.now().toISOString(),
      workloads: [],
    };
  }

  state(): State {
    return this.#state;
  }

  workload(name: string): WorkloadStatus | undefined {
    return this.#state.workloads.find((workload) => workload.name === name);
  }

  /** Follows what changes until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = this.#options.observer.changed.next(signal);
      await this.update();
      await next;
    }
  }

  /** Makes the state anew; its revision rises only if something in it changed. */
  async update(): Promise<void> {
    const workloads = await this.#workloads();
    if (JSON.stringify(workloads) === JSON.stringify(this.#state.workloads) && this.#state.revision !== 0) return;
    this.#revision++;
    const { device, clock } = this.#options;
    this.#state = { device, revision: this.#revision, at: clock.now().toISOString(), workloads };
    this.changed.notify();
  }

  /** What is done about a workload; what it waits for changes with others, not with its own steps. */
  #activity(name: string, target: Target): Pick<StatusInput, "step" | "reason"> {
    const activity = this.#options.reconciler().activity(name);
    if (activity.step !== "wait") return activity;
    return { step: "wait", reason: this.#options.dependencies.blockerOf(target.manifest) };
  }

  async #workloads(): Promise<WorkloadStatus[]> {
    const { journal, images, observer, clock } = this.#options;
    const desired = journal.desired();
    const pending = journal.unfinished();
    const statuses: WorkloadStatus[] = [];
    for (const [name, target] of this.#options.targets()) {
      const order = pending.find((one) => one.workload === name && one.outcome !== undefined);
      const image = await images.find(target.manifest.image, target.digest);
      const health = observer.healthOf(name);
      const status = statusOf({
        name,
        target,
        digest: image?.digest,
        unit: observer.unit(name),
        ...this.#activity(name, target),
        health: health.health,
        probed: health.message,
        underWay: order !== undefined,
        schedule: this.#options.scheduler().standingOf(name, target),
        order: order?.id ?? desired.get(name)?.order,
        issuer: order?.issuer ?? desired.get(name)?.issuer,
      });
      statuses.push({ ...status, since: observer.since(name, status, clock.now()) });
    }
    return statuses.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
