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
import { exitCodeOf } from "../status.ts";
import type { Target } from "../target.ts";
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
  /** Up to when all was decided by a clock that had gone astray; forgotten once it is right again, and at a restart. */
  readonly #astray = new Map<string, number>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** The run that is due for a workload, or under way; undefined when there is none. */
  runDue(workload: string): string | undefined {
    return this.#options.journal.schedules().get(workload)?.run?.due;
  }

  /** When a workload runs next, and how it last did. */
  standingOf(workload: string, { manifest, run }: Target): ScheduleStatus | undefined {
    const { schedule } = manifest;
    if (schedule === undefined) return undefined;
    const now = this.#options.clock.now().getTime();
    const record = this.#options.journal.schedules().get(workload);
    const from = record === undefined ? now : Math.max(now, this.#decidedOf(workload, record, now));
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
    for (const workload of [...journal.schedules().keys()]) {
      if (desired.get(workload)?.target.manifest.schedule !== undefined) continue;
      journal.dropSchedule(workload);
      this.#astray.delete(workload);
    }
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
    const record = await this.#recordOf(workload, schedule, run, now);
    if (run === "stopped") return undefined;
    this.#settle(workload, schedule, record);
    for (;;) {
      const current = this.#options.journal.schedules().get(workload) ?? record;
      // By a clock that has gone astray nothing was missed.
      const missed = isAstray(current.decided, now) ? "skip" : schedule.missed;
      const decision = decide({ ...schedule, missed }, this.#decidedOf(workload, current, now), now);
      if (decision.kind === "wait") return decision.until;
      this.#carryOut(workload, decision, current, now);
    }
  }

  /** What is remembered, brought up to what is ordered now. */
  async #recordOf(workload: string, schedule: Schedule, run: Target["run"], now: number): Promise<ScheduleRecord> {
    const text = `${schedule.cron} ${schedule.timeZone}`;
    const known = this.#options.journal.schedules().get(workload);
    const stopped = run === "stopped";
    if (known === undefined) return this.#put(workload, { schedule: text, decided: now, stopped });
    if (stopped !== known.stopped || known.schedule !== text) {
      const { run: _, ...rest } = known;
      const kept = stopped ? rest : known;
      return this.#put(workload, { ...kept, schedule: text, decided: now, stopped });
    }
    if (!isAstray(known.decided, now)) {
      this.#astray.delete(workload);
      return known;
    }
    // The clock was wrong before, and is not now: what it made be decided is forgotten.
    if (await this.#options.synchronized()) return this.#put(workload, { ...known, decided: now });
    this.#astray.set(workload, this.#decidedOf(workload, known, now));
    return known;
  }

  /** From where on times are looked for: a clock that has gone astray goes on by what it shows. */
  #decidedOf(workload: string, { decided }: ScheduleRecord, now: number): number {
    if (!isAstray(decided, now)) return decided;
    const astray = this.#astray.get(workload);
    return astray === undefined || isAstray(astray, now) ? now : astray;
  }

  /** Notes how the run in hand has gone on. */
  #settle(workload: string, schedule: Schedule, record: ScheduleRecord): void {
    const { run } = record;
    if (run === undefined) return;
    const unit = this.#options.observer.unit(workload);
    if (unit?.run === run.due) {
      if (hasEnded(unit)) {
        const exitCode = exitCodeOf(unit);
        const outcome = exitCode === 0 ? "completed" : "failed";
        this.#endRun(workload, record, { due: run.due, outcome, ...(exitCode === undefined ? {} : { exitCode }) });
      } else if (!run.started) {
        this.#put(workload, { ...record, run: { ...run, started: true } });
      }
      return;
    }
    if (!run.started || this.#options.busy(workload)) return;
    // It ran and is gone: the device went off, or an order changed the workload.
    if (schedule.missed === "run" && !run.again) {
      this.#put(workload, { ...record, run: { ...run, started: false, again: true } });
      this.#options.onDue(workload);
      return;
    }
    this.#endRun(workload, record, { due: run.due, outcome: "interrupted" });
    this.#tell(workload, { code: "run-interrupted", message: `its run of ${run.due} was interrupted` });
  }

  #carryOut(
    workload: string,
    decision: Exclude<Decision, { kind: "wait" }>,
    record: ScheduleRecord,
    now: number,
  ): void {
    const due = new Date(decision.due).toISOString();
    const astray = isAstray(record.decided, now);
    const decided = astray ? record.decided : decision.decided;
    if (astray) this.#astray.set(workload, decision.decided);
    if (decision.kind === "skip") {
      if (astray) return;
      this.#put(workload, { ...record, decided });
      this.#tell(workload, {
        code: "run-missed",
        message: `its run of ${due} could not be made in time, and is not made up for`,
      });
      return;
    }
    const unit = this.#options.observer.unit(workload);
    if (unit !== undefined && !hasEnded(unit)) {
      this.#put(workload, { ...record, decided });
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
    this.#put(workload, { ...record, decided, run: { due, started: false, again: false } });
    this.#options.onDue(workload);
  }

  #endRun(workload: string, { run: _, ...record }: ScheduleRecord, last: NonNullable<ScheduleRecord["last"]>): void {
    this.#put(workload, { ...record, last });
  }

  #put(workload: string, record: ScheduleRecord): ScheduleRecord {
    this.#options.journal.setSchedule(workload, record);
    this.#options.observer.changed.notify();
    return record;
  }

  #tell(workload: string, reason: Reason): void {
    const message = `${workload}: ${reason.message}`;
    this.#options.recorder.event({ kind: "schedule-skipped", workload, message, reason });
  }
}
