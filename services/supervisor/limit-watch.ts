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
    const running = new Map([...units].filter(({ unit }) => unit === "active").map((unit) => [unit.name, runOf(unit)]));
    for (const [name, { run, end }] of this.#watched) {
      if (running.get(name) === run) continue;
      end();
      this.#watched.delete(name);
    }
    for (const [name, run] of running) {
      if (this.#watched.has(name)) continue;
      const end = this.#workloads.watchPids(name, (refused, limit) => this.#onLimited(name, limited(refused, limit)));
      this.#watched.set(name, { run, end });
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
