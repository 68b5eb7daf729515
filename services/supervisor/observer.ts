import { Feed } from "../async/feed.ts";
import type { Reason } from "../model/reason.ts";
import type { WorkloadStatus } from "../model/state.ts";
import { HealthMonitor } from "./health/monitor.ts";
import { LimitWatch } from "./limit-watch.ts";
import { hasEnded } from "./plan.ts";
import type { ObservedWorkload, Workloads } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { reasonOfExit } from "./status.ts";

/** Keeps the observed state of all workloads, and records each change of it as an event. */
export class Observer {
  /** Told at every change of a unit or of a workload's health. */
  readonly changed = new Feed();
  readonly health: HealthMonitor;
  readonly #workloads: Workloads;
  readonly #recorder: Pick<Recorder, "event">;
  readonly #limitWatch: LimitWatch;
  #units = new Map<string, ObservedWorkload>();
  #refreshing: Promise<void> | undefined;
  #stale = false;
  /** Workloads that were asked to end. */
  readonly #asked = new Set<string>();
  /** Whether there was a look before: what was found at the first is nothing that happened. */
  #looked = false;
  /** When each workload's phase began. */
  readonly #since = new Map<string, { key: string; at: string }>();

  constructor(options: { workloads: Workloads; recorder: Pick<Recorder, "event"> }) {
    this.#workloads = options.workloads;
    this.#recorder = options.recorder;
    this.#limitWatch = new LimitWatch({
      workloads: options.workloads,
      onLimited: (name, reason) => this.#event("workload-limited", name, `${name}: ${reason.message}`, reason),
    });
    this.health = new HealthMonitor({
      exec: (name) => async (command, timeout, signal) => {
        const timeoutSeconds = Math.max(1, Math.ceil(timeout / 1000));
        const { exitCode, stdout, stderr } = await this.#workloads.exec(name, command, { timeoutSeconds, signal });
        return { exitCode, output: `${stdout}${stderr}` };
      },
      onChange: (name, health, message) => {
        if (health === "healthy") this.#event("workload-healthy", name, `${name} is healthy`);
        if (health === "unhealthy") {
          this.#event("workload-unhealthy", name, `${name} is unhealthy: ${message}`, { code: "unhealthy", message });
        }
        this.changed.notify();
      },
    });
  }

  /** A workload is about to be ended: that is no news, until it runs again. */
  expectEnd(name: string): void {
    this.#asked.add(name);
  }

  unit(name: string): ObservedWorkload | undefined {
    return this.#units.get(name);
  }

  names(): readonly string[] {
    return [...this.#units.keys()];
  }

  /** Looks at the world again. Calls while a look is under way share the next one. */
  async refresh(): Promise<void> {
    this.#stale = true;
    this.#refreshing ??= this.#refreshWhileStale().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  /** The phase's beginning: now if the phase is new, else as before. */
  since(name: string, status: Omit<WorkloadStatus, "since">, now: Date): string {
    const key = `${status.phase} ${status.restarts}`;
    const known = this.#since.get(name);
    if (known?.key === key) return known.at;
    const at = (status.phase === "running" ? this.#units.get(name)?.startedAt : undefined) ?? now.toISOString();
    this.#since.set(name, { key, at });
    return at;
  }

  async #refreshWhileStale(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      const observed = await this.#workloads.observe();
      const before = this.#units;
      this.#units = new Map(observed.map((unit) => [unit.name, unit]));
      for (const unit of observed) this.#compare(before.get(unit.name), unit);
      this.#looked = true;
      for (const name of before.keys()) {
        if (this.#units.has(name)) continue;
        this.health.forget(name);
        this.#asked.delete(name);
      }
      this.#watchHealth();
      this.#limitWatch.follow(observed);
      this.changed.notify();
    }
  }

  #compare(before: ObservedWorkload | undefined, now: ObservedWorkload): void {
    if (!this.#looked) return;
    // It may have ended before it was seen once.
    const unseen = before === undefined || before.run !== now.run;
    if (unseen && now.exit === undefined) return;
    const exitedAgain = !unseen && now.restarts > before.restarts;
    const asked = this.#asked.has(now.name);
    if (now.unit === "active" && before?.unit !== "active") this.#asked.delete(now.name);
    // What systemd does after an end takes a moment, and may be all that is seen of it.
    const ran = unseen || before.unit === "active" || (before.unit === "deactivating" && !asked);
    const ended = ran && (hasEnded(now) || now.unit === "restarting");
    const gaveUp = !unseen && now.unit === "failed" && before.unit === "restarting";
    if (!exitedAgain && !ended && !gaveUp) return;
    if (now.run !== "" && now.unit === "inactive" && now.exit?.code === 0) {
      this.#event("workload-completed", now.name, `${now.name} has completed`);
      return;
    }
    const reason = reasonOfExit(now);
    const kind = reason.code === "start-limit" ? "workload-failed" : "workload-exited";
    this.#event(kind, now.name, `${now.name}: ${reason.message}`, reason);
  }

  #watchHealth(): void {
    for (const unit of this.#units.values()) {
      const { check } = unit;
      if (check === undefined || unit.unit !== "active" || unit.startedAt === undefined) {
        this.health.forget(unit.name);
        continue;
      }
      this.health.watch({
        name: unit.name,
        run: `${unit.fingerprint} ${unit.startedAt} ${unit.restarts}`,
        check,
        address: unit.probeAddress ?? unit.address,
        startedAt: new Date(unit.startedAt),
      });
    }
  }

  #event(
    kind:
      | "workload-healthy"
      | "workload-unhealthy"
      | "workload-exited"
      | "workload-completed"
      | "workload-failed"
      | "workload-limited",
    workload: string,
    message: string,
    reason?: Reason,
  ): void {
    this.#recorder.event({ kind, workload, message, ...(reason === undefined ? {} : { reason }) });
  }
}
