import { sleep } from "../../async/sleep.ts";
import { nextAfter } from "../../model/cron.ts";
import type { Reason } from "../../model/reason.ts";
import type { ScheduleStatus } from "../../model/state.ts";
import type { Schedule } from "../../model/workload/schedule.ts";
import type { Journal } from "../journal/journal.ts";
import type { Observer } from "../observer.ts";
import { hasEnded } from "../plan.ts";
import type { Clock } from "../ports.ts";
import type { Recorder } from "../recorder.ts";
import type { Target } from "../target.ts";
import { ScheduleBook } from "./book.ts";
import { courseOf } from "./course.ts";
import { type Decision, decide, isAstray } from "./decide.ts";
import type { ScheduleRecord } from "./record.ts";

/** The clock may jump while nothing else happens: it is looked at this often, in milliseconds, where there is a schedule. */
const LOOK = 60_000;

export interface SchedulerOptions {
  readonly journal: Journal;
  readonly observer: Observer;
  readonly recorder: Recorder;
  readonly clock: Clock;
  /** Whether the clock is known to show the right time. */
  synchronized(): Promise<boolean>;
  /** Whether something is being done about a workload. */
  busy(workload: string): boolean;
  /** Called when a workload's run is due. */
  onDue(workload: string): void;
}

/**
 * Says when scheduled workloads are to run, each time at most once: what was decided is in the journal before anything is started.
 * A run is due until it has ended; whatever keeps it from starting is tried again until the next one is due.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #book: ScheduleBook;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#book = new ScheduleBook(options.journal, options.observer);
  }

  /** The run that is due for a workload, or under way; undefined when there is none. */
  runDue(workload: string): string | undefined {
    return this.#book.find(workload)?.run?.due;
  }

  /** When a workload runs next, and how it last did. */
  standingOf(workload: string, { manifest, run }: Target): ScheduleStatus | undefined {
    const { schedule } = manifest;
    if (schedule === undefined) return undefined;
    const now = this.#options.clock.now().getTime();
    const record = this.#book.find(workload);
    const from = record === undefined ? now : Math.max(now, this.#book.decidedOf(workload, record, now));
    const next = run === "stopped" ? undefined : nextAfter(schedule, from);
    return {
      ...(next === undefined ? {} : { next: new Date(next).toISOString() }),
      ...(record?.last === undefined ? {} : { last: record.last }),
    };
  }

  /** Makes what is due run in time, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { observer, clock } = this.#options;
    while (!signal.aborted) {
      const waiting = new AbortController();
      const either = AbortSignal.any([signal, waiting.signal]);
      const changed = observer.changed.next(either);
      const until = await this.look();
      const wait = until === undefined ? undefined : Math.min(LOOK, Math.max(0, until - clock.now().getTime()));
      await Promise.race([changed, ...(wait === undefined ? [] : [sleep(wait, either)])]);
      waiting.abort();
    }
  }

  /** Sees to all schedules now; gives when the next time comes, undefined where there is no schedule. */
  async look(): Promise<number | undefined> {
    const { journal, clock } = this.#options;
    const now = clock.now().getTime();
    const desired = journal.desired();
    this.#book.keep((workload) => desired.get(workload)?.target.manifest.schedule !== undefined);
    let soonest: number | undefined;
    for (const [workload, { target }] of desired) {
      const { schedule } = target.manifest;
      if (schedule === undefined) continue;
      const until = await this.#see(workload, schedule, target.run, now);
      if (until !== undefined) soonest = Math.min(soonest ?? until, until);
    }
    return soonest;
  }

  async #see(workload: string, schedule: Schedule, run: Target["run"], now: number): Promise<number | undefined> {
    const synchronized = () => this.#options.synchronized();
    const record = await this.#book.upToDate(workload, schedule, run === "stopped", { now, synchronized });
    if (run === "stopped") return undefined;
    this.#settle(workload, schedule, record);
    for (;;) {
      const current = this.#book.find(workload) ?? record;
      // By a clock that has gone astray nothing was missed.
      const missed = isAstray(current.decided, now) ? "skip" : schedule.missed;
      const decision = decide({ ...schedule, missed }, this.#book.decidedOf(workload, current, now), now);
      if (decision.kind === "wait") return decision.until;
      this.#carryOut(workload, decision, current, now);
    }
  }

  /** Notes how the run in hand has gone on. */
  #settle(workload: string, schedule: Schedule, record: ScheduleRecord): void {
    const { run } = record;
    if (run === undefined) return;
    const course = courseOf(run, this.#options.observer.unit(workload), this.#options.busy(workload));
    switch (course.kind) {
      case "unchanged":
        return;
      case "started":
        this.#book.put(workload, { ...record, run: { ...run, started: true } });
        return;
      case "ended":
        this.#endRun(workload, record, course.last);
        return;
      case "gone":
        if (schedule.missed === "run" && !run.again) {
          this.#book.put(workload, { ...record, run: { ...run, started: false, again: true } });
          this.#options.onDue(workload);
          return;
        }
        this.#endRun(workload, record, { due: run.due, outcome: "interrupted" });
        this.#tell(workload, { code: "run-interrupted", message: `its run of ${run.due} was interrupted` });
    }
  }

  #carryOut(
    workload: string,
    decision: Exclude<Decision, { kind: "wait" }>,
    record: ScheduleRecord,
    now: number,
  ): void {
    const due = new Date(decision.due).toISOString();
    const decided = this.#book.advance(workload, record, decision.decided, now);
    if (decision.kind === "skip") {
      if (isAstray(record.decided, now)) return;
      this.#book.put(workload, { ...record, decided });
      this.#tell(workload, {
        code: "run-missed",
        message: `its run of ${due} could not be made in time, and is not made up for`,
      });
      return;
    }
    const unit = this.#options.observer.unit(workload);
    if (unit !== undefined && !hasEnded(unit)) {
      this.#book.put(workload, { ...record, decided });
      this.#tell(workload, {
        code: "run-overlaps",
        message: `its run of ${due} is left out: the one before has not ended`,
      });
      return;
    }
    if (record.run !== undefined) {
      this.#tell(workload, {
        code: "run-missed",
        message: `its run of ${record.run.due} could not be started until the next one was due`,
      });
    }
    this.#book.put(workload, { ...record, decided, run: { due, started: false, again: false } });
    this.#options.onDue(workload);
  }

  #endRun(workload: string, { run: _, ...record }: ScheduleRecord, last: NonNullable<ScheduleRecord["last"]>): void {
    this.#book.put(workload, { ...record, last });
  }

  #tell(workload: string, reason: Reason): void {
    const message = `${workload}: ${reason.message}`;
    this.#options.recorder.event({ kind: "schedule-skipped", workload, message, reason });
  }
}
