import type { Image } from "../model/image.ts";
import { type Reason, ReasonError } from "../model/reason.ts";
import type { HealthCheck } from "../model/workload/health.ts";
import { isRunByRun } from "../model/workload/job.ts";
import type { Workload } from "../model/workload.ts";
import { awaitReadiness } from "./await-readiness.ts";
import type { DependencyWatch } from "./dependency-watch.ts";
import { healthCheckOf } from "./health/check-of.ts";
import { imageProblem } from "./image-problem.ts";
import type { Observer } from "./observer.ts";
import type { Step } from "./plan.ts";
import type { Images, Stopped, Workloads } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { fingerprintOf } from "./target.ts";

/** What a step is about. */
export interface StepContext {
  readonly name: string;
  /** Undefined when the workload shall go. */
  readonly manifest: Workload | undefined;
  readonly image: Image | undefined;
  /** The run that a start makes; empty for what is no job. */
  readonly run: string;
  /** The order that asks for it; undefined when the device restores its desired state by itself. */
  readonly order: { readonly id: string; readonly issuer: string } | undefined;
  readonly signal: AbortSignal;
}

/** Carries steps out. A failure is thrown, as a `ReasonError` where somebody can act on it. */
export class StepExecutor {
  readonly #images: Images;
  readonly #workloads: Workloads;
  readonly #observer: Observer;
  readonly #recorder: Recorder;
  readonly #dependencies: DependencyWatch;
  readonly #settle: number;

  constructor(options: {
    images: Images;
    workloads: Workloads;
    observer: Observer;
    recorder: Recorder;
    dependencies: DependencyWatch;
    /** How long a process without a health check must run to count as started well, in milliseconds. */
    settle: number;
  }) {
    this.#settle = options.settle;
    this.#images = options.images;
    this.#workloads = options.workloads;
    this.#observer = options.observer;
    this.#recorder = options.recorder;
    this.#dependencies = options.dependencies;
  }

  async run(step: Step, context: StepContext): Promise<void> {
    switch (step.kind) {
      case "pull":
        return this.#pull(step.reference, context);
      case "wait":
        return this.#wait(context);
      case "stop":
        return this.#stop(step.why, context);
      case "start":
        return this.#start(false, context);
      case "start-beside":
        return this.#start(true, context);
      case "await-ready":
        return this.#awaitReady("serving", context);
      case "await-beside":
        return this.#awaitReady("successor", context);
      case "switch-over":
        return this.#switchOver(context);
      case "dismiss":
        return this.#dismiss(step.which, context);
    }
  }

  /** Gives up what is kept for a workload that is gone. */
  forget(name: string): Promise<void> {
    return this.#workloads.forget(name);
  }

  async #pull(reference: string, context: StepContext): Promise<void> {
    if (context.manifest?.pull === "never") throw imageNotPresent(reference);
    this.#report(context, "pull", `pulling ${reference}`);
    const before = await this.#images.find(reference);
    const image = await this.#pullOrKeep(reference, before, context);
    if (image.digest === before?.digest) return;
    this.#event(context, "image-pulled", `${image.reference} is here: ${image.digest}`);
  }

  /** An image that is here already serves when its registry cannot be reached: offline is normal. */
  async #pullOrKeep(reference: string, present: Image | undefined, context: StepContext): Promise<Image> {
    try {
      return await this.#images.pull(reference, {
        signal: context.signal,
        onProgress: ({ message, done, total }) => this.#report(context, "pull", message, { done, total }),
      });
    } catch (error) {
      const unreachable = error instanceof ReasonError && error.transient && !context.signal.aborted;
      if (present !== undefined && unreachable) return present;
      throw imageProblem(error, reference);
    }
  }

  async #wait(context: StepContext): Promise<void> {
    const { manifest, order, signal } = context;
    if (manifest === undefined) return;
    const onWait = ({ message }: Reason) => this.#report(context, "wait", message);
    await this.#dependencies.wait(manifest, { ordered: order !== undefined, signal, onWait });
  }

  async #stop(why: Extract<Step, { kind: "stop" }>["why"], context: StepContext): Promise<void> {
    this.#report(context, "stop", `stopping ${context.name}`);
    this.#observer.forgetHealth(context.name);
    this.#observer.expectEnd(context.name);
    const stopped = await this.#workloads.stop(context.name);
    const kind = why === "removed" ? "workload-removed" : "workload-stopped";
    const message = `${context.name} was stopped: it was ${why === "stopped" ? "asked to" : why}`;
    this.#stopped(context, kind, message, stopped);
  }

  #stopped(
    context: StepContext,
    kind: "workload-removed" | "workload-stopped",
    message: string,
    { killedAfter }: Stopped,
  ): void {
    if (killedAfter === undefined) {
      this.#event(context, kind, message);
      return;
    }
    const killed = `it did not end within its grace of ${killedAfter / 1000} s and was killed`;
    this.#event(context, kind, `${message}; ${killed}`, { code: "killed-after-grace", message: killed });
  }

  async #start(beside: boolean, { manifest, image, ...context }: StepContext): Promise<void> {
    if (manifest === undefined || image === undefined) throw new Error(`${context.name} has nothing to start`);
    const message = beside ? `starting the new ${context.name} beside the old one` : `starting ${context.name}`;
    this.#report({ manifest, image, ...context }, beside ? "start-beside" : "start", message);
    const spec = {
      manifest,
      image,
      layers: this.#images.layerPaths(image),
      fingerprint: fingerprintOf(manifest, image.digest),
      check: healthCheckOf(manifest, image.config),
      run: context.run,
      beside,
    };
    await this.#workloads.start(spec, context.signal);
    this.#event({ manifest, image, ...context }, "workload-started", `${context.name} runs ${image.reference}`);
  }

  async #awaitReady(role: "serving" | "successor", context: StepContext): Promise<void> {
    const { manifest, name, signal } = context;
    if (manifest === undefined) return;
    this.#report(
      context,
      role === "serving" ? "await-ready" : "await-beside",
      waitingFor(manifest, this.#observer.unit(name, role)?.check),
    );
    await awaitReadiness(this.#observer, { manifest, role, settle: this.#settle, signal });
  }

  async #switchOver(context: StepContext): Promise<void> {
    const { name } = context;
    this.#report(context, "switch-over", `switching ${name} over to the new one`);
    await this.#workloads.switchOver(name);
    this.#event(context, "workload-switched", `${name}: its ports and its name lead to the new one`);
  }

  async #dismiss(which: "successor" | "retired", context: StepContext): Promise<void> {
    const { name } = context;
    const [one, why] = which === "retired" ? ["old", "was replaced"] : ["new", "does not take the old one's place"];
    this.#report(context, "dismiss", `stopping the ${one} ${name}`);
    this.#observer.expectEnd(name, which);
    const stopped = await this.#workloads.dismiss(name);
    this.#stopped(context, "workload-stopped", `the ${one} ${name} was stopped: it ${why}`, stopped);
  }

  #report(
    context: StepContext,
    step: Step["kind"],
    message: string,
    bytes: { done?: number; total?: number | undefined } = {},
  ) {
    if (context.order === undefined) return;
    this.#recorder.report({
      order: context.order.id,
      workload: context.name,
      step,
      message,
      ...(bytes.done === undefined ? {} : { done: bytes.done }),
      ...(bytes.total === undefined ? {} : { total: bytes.total }),
    });
  }

  #event(
    context: StepContext,
    kind: "image-pulled" | "workload-started" | "workload-switched" | "workload-stopped" | "workload-removed",
    message: string,
    reason?: Reason,
  ): void {
    const order = context.order === undefined ? {} : { order: context.order.id, issuer: context.order.issuer };
    const why = reason === undefined ? {} : { reason };
    this.#recorder.event({ kind, message, workload: context.name, ...order, ...why });
  }
}

function waitingFor(manifest: Workload, check: HealthCheck | undefined): string {
  if (isRunByRun(manifest)) return "waiting for it to end";
  return check === undefined ? "waiting for it to settle" : "waiting for its health check";
}

function imageNotPresent(reference: string): ReasonError {
  return new ReasonError({
    code: "image-not-present",
    message: `${reference} is not on this device, and its manifest lets nobody be asked for it`,
    field: "image",
    value: reference,
    allowed: "an image that was imported or pulled before; or pull: missing",
  });
}
