import { Feed } from "../async/feed.ts";
import type { Reason } from "../model/reason.ts";
import type { Health, WorkloadStatus } from "../model/state.ts";
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
  readonly #health: HealthMonitor;
  readonly #workloads: Workloads;
  readonly #recorder: Pick<Recorder, "event">;
  readonly #limitWatch: LimitWatch;
  /** By instance: a workload that is being replaced has two. */
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
    this.#health = new HealthMonitor({
      exec: (instance) => async (command, timeout, signal) => {
        const unit = this.#units.get(instance);
        if (unit === undefined) throw new Error("it is gone");
        const timeoutSeconds = Math.max(1, Math.ceil(timeout / 1000));
        const options = { timeoutSeconds, signal, instance };
        const { exitCode, stdout, stderr } = await this.#workloads.exec(unit.name, command, options);
        return { exitCode, output: `${stdout}${stderr}` };
      },
      onChange: (instance, health, message) => {
        const name = this.#units.get(instance)?.name ?? instance;
        if (health === "healthy") this.#event("workload-healthy", name, `${name} is healthy`);
        if (health === "unhealthy") {
          this.#event("workload-unhealthy", name, `${name} is unhealthy: ${message}`, { code: "unhealthy", message });
        }
        this.changed.notify();
      },
    });
  }

  /** A workload's unit is about to be ended: that is no news, until it runs again. */
  expectEnd(name: string, role?: ObservedWorkload["role"]): void {
    this.#asked.add(this.unit(name, role)?.instance ?? name);
  }

  /** The unit of a workload that has a role: the one that serves, unless another is asked for. */
  unit(name: string, role: ObservedWorkload["role"] = "serving"): ObservedWorkload | undefined {
    for (const unit of this.#units.values()) if (unit.name === name && unit.role === role) return unit;
    return undefined;
  }

  names(): readonly string[] {
    return [...new Set([...this.#units.values()].map(({ name }) => name))];
  }

  /** What the health check of a workload's unit knows: `none` where there is no check. */
  healthOf(name: string, role?: ObservedWorkload["role"]): { health: Health; message: string } {
    return this.#health.healthOf(this.unit(name, role)?.instance ?? name);
  }

  /** Begins the health check of what serves anew at the next look: it is being stopped or restarted. */
  forgetHealth(name: string): void {
    this.#health.forget(this.unit(name)?.instance ?? name);
  }

  /** Ends all health checks. */
  stop(): void {
    this.#health.stop();
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
    const at = (status.phase === "running" ? this.unit(name)?.startedAt : undefined) ?? now.toISOString();
    this.#since.set(name, { key, at });
    return at;
  }

  async #refreshWhileStale(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      const observed = await this.#workloads.observe();
      const before = this.#units;
      this.#units = new Map(observed.map((unit) => [unit.instance, unit]));
      for (const unit of observed) this.#compare(before.get(unit.instance), unit);
      this.#looked = true;
      for (const instance of before.keys()) {
        if (this.#units.has(instance)) continue;
        this.#health.forget(instance);
        this.#asked.delete(instance);
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
    const asked = this.#asked.has(now.instance);
    if (now.unit === "active" && before?.unit !== "active") this.#asked.delete(now.instance);
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
        this.#health.forget(unit.instance);
        continue;
      }
      this.#health.watch({
        name: unit.instance,
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
