import type { Reason } from "../model/reason.ts";
import type { ObservedWorkload, Workloads } from "./ports.ts";

/** Has each running workload watched for its limit of processes, which ends nothing and would go unnoticed otherwise. */
export class LimitWatch {
  readonly #workloads: Pick<Workloads, "watchPids">;
  readonly #onLimited: (name: string, reason: Reason) => void;
  readonly #watched = new Map<string, { readonly run: string; end(): void }>();

  constructor(options: {
    workloads: Pick<Workloads, "watchPids">;
    onLimited(name: string, reason: Reason): void;
  }) {
    this.#workloads = options.workloads;
    this.#onLimited = options.onLimited;
  }

  /** Watches those of `units` that run, and no others. */
  follow(units: Iterable<ObservedWorkload>): void {
    const running = new Map([...units].filter(({ unit }) => unit === "active").map((unit) => [unit.instance, unit]));
    for (const [instance, { run, end }] of this.#watched) {
      const unit = running.get(instance);
      if (unit !== undefined && runOf(unit) === run) continue;
      end();
      this.#watched.delete(instance);
    }
    for (const [instance, unit] of running) {
      if (this.#watched.has(instance)) continue;
      const onRefused = (refused: number, limit: number) => this.#onLimited(unit.name, limited(refused, limit));
      this.#watched.set(instance, { run: runOf(unit), end: this.#workloads.watchPids(instance, onRefused) });
    }
  }
}

function limited(refused: number, limit: number): Reason {
  return {
    code: "pids-limit",
    message: `it wanted more processes than its limit of ${limit}: ${refused} refused`,
    field: "limits.pids",
    value: limit,
  };
}

function runOf({ fingerprint, startedAt, restarts }: ObservedWorkload): string {
  return `${fingerprint} ${startedAt} ${restarts}`;
}
