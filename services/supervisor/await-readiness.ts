import { sleep } from "../async/sleep.ts";
import { ReasonError } from "../model/reason.ts";
import type { Workload } from "../model/workload.ts";
import type { Observer } from "./observer.ts";
import type { ObservedWorkload } from "./ports.ts";
import { readinessOf } from "./readiness.ts";

/** Settles when a start has come off, or `signal` aborts; throws why when it has not. */
export async function awaitReadiness(
  observer: Observer,
  options: {
    readonly manifest: Workload;
    readonly role: ObservedWorkload["role"];
    /** How long a process without a health check must run to count as started well, in milliseconds. */
    readonly settle: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { manifest, role, settle, signal } = options;
  const { name } = manifest;
  const began = performance.now();
  while (!signal.aborted) {
    const waiting = new AbortController();
    const either = AbortSignal.any([signal, waiting.signal]);
    const changed = observer.changed.next(either);
    const health = observer.healthOf(name, role);
    const readiness = readinessOf(manifest, observer.unit(name, role), health, performance.now() - began, settle);
    if (readiness.kind === "wait") await Promise.race([changed, sleep(readiness.milliseconds, either)]);
    waiting.abort();
    if (readiness.kind === "ready") return;
    if (readiness.kind === "failed") throw new ReasonError(readiness.reason);
  }
}
