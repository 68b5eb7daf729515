import type { UnitProperty } from "../host/systemd-property.ts";
import type { ExecResult } from "../model/receipt.ts";
import type { Workload } from "../model/workload.ts";
import type { Exit, ResourceCounters } from "../supervisor/ports.ts";
import type { WorkloadRecord } from "./instance/record.ts";
import type { SettledPlace } from "./places/places.ts";
import type { Preparation } from "./preparation.ts";

/** Whose command, in which of its instances. */
export interface ExecTarget {
  readonly name: string;
  readonly instance: string;
}

/** What a workload stands on. */
export interface Foundation {
  /** Its places, as its root has them. */
  readonly places: readonly SettledPlace[];
  /** Its record, which may tell of its link by now. */
  readonly record: WorkloadRecord;
}

/** What differs in a workload's life by how it is kept apart; the engine does everything else for all alike. */
export interface Isolation {
  /**
   * Throws where this device cannot run it so, before anything is touched. Gives the machine it is to have, where it has one of
   * its own.
   */
  admit(manifest: Workload): Promise<WorkloadRecord["guest"]>;
  /** Makes what it stands on: its namespaces, its link and its root. */
  found(preparation: Preparation, record: WorkloadRecord, timed: Timed): Promise<Foundation>;
  /** Writes its bundle, makes its volumes, and gives the unit that runs it. */
  write(preparation: Preparation, record: WorkloadRecord, settled: readonly SettledPlace[]): Promise<UnitProperty[]>;
  /** Settles once its process runs, or has run; throws `start-failed` where it could not be started. */
  started(target: ExecTarget, job: string, signal: AbortSignal | undefined): Promise<void>;
  exec(
    target: ExecTarget,
    command: readonly string[],
    options: { readonly timeoutSeconds: number; readonly signal: AbortSignal },
  ): Promise<ExecResult>;
  /** Undefined when it does not run. */
  counters(target: ExecTarget): Promise<ResourceCounters | undefined>;
  /** An end with what else is known of it. */
  explain(target: ExecTarget, exit: Exit): Promise<Exit>;
  /** Clears what it alone leaves; safe where there is nothing. */
  clear(instance: string): Promise<void>;
}

/** Tells how long a step of a start takes. */
export type Timed = <T>(step: string, act: () => Promise<T>) => Promise<T>;
