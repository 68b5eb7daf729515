import type { Schedule } from "../../model/workload/schedule.ts";
import type { Journal } from "../journal/journal.ts";
import type { Observer } from "../observer.ts";
import { isAstray } from "./decide.ts";
import type { ScheduleRecord } from "./record.ts";

/** What is remembered of schedules: in the journal, but for what a clock that had gone astray made be decided. */
export class ScheduleBook {
  readonly #journal: Journal;
  readonly #observer: Observer;
  /** Up to when all was decided by a clock that had gone astray; forgotten once it is right again, and at a restart. */
  readonly #astray = new Map<string, number>();

  constructor(journal: Journal, observer: Observer) {
    this.#journal = journal;
    this.#observer = observer;
  }

  find(workload: string): ScheduleRecord | undefined {
    return this.#journal.schedules().get(workload);
  }

  put(workload: string, record: ScheduleRecord): ScheduleRecord {
    this.#journal.setSchedule(workload, record);
    this.#observer.changed.notify();
    return record;
  }

  /**
   * Takes everything up to `decided` as decided, and gives what the record is to say of it: what it says already while the
   * clock is astray.
   */
  advance(workload: string, record: ScheduleRecord, decided: number, now: number): number {
    if (!isAstray(record.decided, now)) return decided;
    this.#astray.set(workload, decided);
    return record.decided;
  }

  /** Forgets the schedules of all workloads but some. */
  keep(isKept: (workload: string) => boolean): void {
    for (const workload of [...this.#journal.schedules().keys()]) {
      if (isKept(workload)) continue;
      this.#journal.dropSchedule(workload);
      this.#astray.delete(workload);
    }
  }

  /** What is remembered, brought up to what is ordered now. */
  async upToDate(
    workload: string,
    schedule: Schedule,
    stopped: boolean,
    { now, synchronized }: { readonly now: number; synchronized(): Promise<boolean> },
  ): Promise<ScheduleRecord> {
    const text = `${schedule.cron} ${schedule.timeZone}`;
    const known = this.find(workload);
    if (known === undefined) return this.put(workload, { schedule: text, decided: now, stopped });
    if (stopped !== known.stopped || known.schedule !== text) {
      const { run: _, ...rest } = known;
      const kept = stopped ? rest : known;
      return this.put(workload, { ...kept, schedule: text, decided: now, stopped });
    }
    if (!isAstray(known.decided, now)) {
      this.#astray.delete(workload);
      return known;
    }
    // The clock was wrong before, and is not now: what it made be decided is forgotten.
    if (await synchronized()) return this.put(workload, { ...known, decided: now });
    this.#astray.set(workload, this.decidedOf(workload, known, now));
    return known;
  }

  /** From where on times are looked for: a clock that has gone astray goes on by what it shows. */
  decidedOf(workload: string, { decided }: ScheduleRecord, now: number): number {
    if (!isAstray(decided, now)) return decided;
    const astray = this.#astray.get(workload);
    return astray === undefined || isAstray(astray, now) ? now : astray;
  }
}
