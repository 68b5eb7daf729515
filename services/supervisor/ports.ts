import type { Image, ImageDetail, StoredImage } from "../model/image.ts";
import type { LogLine } from "../model/log-line.ts";
import type { ExecResult } from "../model/receipt.ts";
import type { HealthCheck } from "../model/workload/health.ts";
import type { Workload } from "../model/workload.ts";

/**
 * What the supervisor needs of the world, as it needs it. Adapters in images/, workloads/, network/ and host/ fit these
 * shapes; `main.ts` hands them in. A failure that somebody can act on is thrown as a `ReasonError`.
 */

/** Bytes done of bytes in all (`total` is undefined until every layer's size is known). */
export interface PullProgress {
  readonly message: string;
  readonly done: number;
  readonly total: number | undefined;
}

/** An image and the bytes of disk it takes. */
export type ImageAccount = Omit<StoredImage, "workloads">;

/** An image in full, but for who runs it. */
export type ImageInFull = Omit<ImageDetail, "workloads">;

/** The images on the device. */
export interface Images {
  /**
   * The image a reference names here already; a tag means what it meant when last pulled or imported. With `digest` the image
   * of that digest which the reference names, or named before it moved.
   */
  find(reference: string, digest?: string): Promise<Image | undefined>;
  /** Brings an image here. Resumes what an earlier try left. Aborting `signal` leaves what is whole. */
  pull(reference: string, options: { signal: AbortSignal; onProgress(progress: PullProgress): void }): Promise<Image>;
  /** Reads a tar archive of an OCI layout or of `docker save`. */
  import(archive: ReadableStream<Uint8Array>, options: { reference?: string; signal: AbortSignal }): Promise<Image[]>;
  list(): Promise<Image[]>;
  /** Deletes every image, layer and left-over whose reference is not in `keep`. Gives the bytes freed. */
  collect(keep: readonly string[]): Promise<number>;
  /** Every image with the bytes of disk it takes. */
  account(): Promise<ImageAccount[]>;
  /** An image in full; undefined when it is not here. */
  inspect(reference: string): Promise<ImageInFull | undefined>;
  /** An image as a tar archive of an OCI layout; undefined when it is not here. */
  export(reference: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array> | undefined>;
  /** Does what {@link collect} does, or with `dryRun` only tells what it would delete. */
  prune(
    keep: readonly string[],
    options: { dryRun: boolean },
  ): Promise<{ references: readonly string[]; bytes: number }>;
  /** Absolute paths of the image's EROFS layer files, lowest first. */
  layerPaths(image: Image): readonly string[];
}

/** A named volume as it lies on the disk. */
export interface VolumeFacts {
  readonly name: string;
  /** Bytes of disk; undefined unless asked for, or where it cannot be told. */
  readonly size?: number;
  /** Unknown where its record is lost. */
  readonly createdAt?: string | undefined;
  /** When a workload that uses it was prepared last. */
  readonly lastUsedAt?: string | undefined;
}

/** The named volumes on the device. */
export interface Volumes {
  list(options: { sizes: boolean }): Promise<VolumeFacts[]>;
  find(name: string): Promise<VolumeFacts | undefined>;
  /** Its content as a tar archive, read while whoever uses it goes on. */
  backup(name: string, signal: AbortSignal): ReadableStream<Uint8Array>;
  /**
   * Replaces its content by an archive's, or makes it, at once: what fails leaves what was there. `check` is called
   * before that, when nobody new can begin to use it, and throws if somebody does.
   */
  restore(
    name: string,
    archive: ReadableStream<Uint8Array>,
    options: { signal: AbortSignal; check(): Promise<void> },
  ): Promise<void>;
  /** Deletes it; false where there is none. `check` as with {@link restore}. */
  remove(name: string, check: () => Promise<void>): Promise<boolean>;
}

/** Why a workload's process ended. */
export interface Exit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /**
   * systemd's Result: success, exit-code, signal, oom-kill, timeout, start-limit-hit, … (systemd.service(5)); `unhealthy`
   * where it was ended because its health check failed. Of a micro-VM also `guest-died`, when it ended without a word of its
   * workload, `qemu-failed`, and `start-failed`, when its workload's process could not be started.
   */
  readonly result: string;
  /**
   * What the health check said, of one that was ended for it; the limit, of one that reached its start limit; the last lines of
   * its console, of a micro-VM that died.
   */
  readonly detail?: string;
  /** What it used of its memory at most, and how much it was allowed, in bytes; undefined where it is not known. */
  readonly memory?: { readonly peak: number; readonly limit: number | undefined };
}

/** A workload's unit as the process engine has it; while a workload is replaced without a gap, it has two. */
export interface ObservedWorkload {
  readonly name: string;
  /** Tells it from another of the same workload. */
  readonly instance: string;
  /** `successor`: started beside the one that serves, and not switched to yet; `retired`: switched from, and to go. */
  readonly role: "serving" | "successor" | "retired";
  /** The fingerprint given at its start. */
  readonly fingerprint: string;
  /** The health check given at its start. */
  readonly check: HealthCheck | undefined;
  /** Which run of a job it is, as given at its start; empty for what is none. */
  readonly run: string;
  readonly unit: "active" | "activating" | "deactivating" | "restarting" | "inactive" | "failed";
  readonly restarts: number;
  /** Whether it is a micro-VM that QEMU emulates. */
  readonly emulated?: boolean;
  readonly address: string | undefined;
  readonly address6?: string | undefined;
  /** Where a health check finds it, where that is not its address. */
  readonly probeAddress?: string | undefined;
  readonly startedAt: string | undefined;
  readonly exit: Exit | undefined;
}

/** How a workload was stopped. */
export interface Stopped {
  /** The grace in milliseconds after which it was killed; undefined when it ended by itself, or did not run. */
  readonly killedAfter: number | undefined;
}

/** What the kernel has counted for a workload that runs, and what it is limited to. */
export interface ResourceCounters {
  /** When, in milliseconds of a clock that never jumps. */
  readonly at: number;
  /** CPU time, in microseconds. */
  readonly cpu: number;
  /** Bytes now, and at most so far. */
  readonly memory: number;
  readonly peak: number | undefined;
  readonly pids: number;
  /** Bytes. */
  readonly io: { readonly read: number; readonly written: number };
  /** Bytes; undefined where it has no network of its own. */
  readonly network: { readonly received: number; readonly sent: number } | undefined;
  readonly limits: {
    readonly cpus: number | undefined;
    readonly memory: number | undefined;
    readonly pids: number | undefined;
  };
}

/** Workloads of every isolation, running or prepared. */
export interface Workloads {
  /** Everything of ours on this device, running or left behind, whoever started it. */
  observe(): Promise<ObservedWorkload[]>;
  /** Prepares and starts it; settles once the process runs. `fingerprint`, `run` and `check` come back in {@link observe}. */
  start(
    spec: {
      manifest: Workload;
      image: Image;
      layers: readonly string[];
      fingerprint: string;
      run: string;
      check: HealthCheck | undefined;
      /** Beside the one that serves, as its successor; otherwise in place of all that is there. */
      beside: boolean;
    },
    signal: AbortSignal,
  ): Promise<void>;
  /** Leads the workload's published ports and its name to the successor, in one change; what served is retired. */
  switchOver(name: string): Promise<void>;
  /** Stops and clears what does not serve: a successor, or what is retired. */
  dismiss(name: string): Promise<Stopped>;
  /** Asks it to stop, kills it after its grace, and clears what the start prepared. Does nothing where there is nothing. */
  stop(name: string): Promise<Stopped>;
  /** Ends the process for a failed health check, which `detail` tells of; what its start prepared stays. */
  halt(name: string, detail: string): Promise<void>;
  /** Gives up what is kept for a workload while it does not run, such as its address: there will be none of that name. */
  forget(name: string): Promise<void>;
  /** Names of the prepared workloads, running or not, that have a volume mounted. */
  mounting(volume: string): Promise<readonly string[]>;
  /** Starts the process anew under the same unit. */
  restart(name: string): Promise<void>;
  exec(
    name: string,
    command: readonly string[],
    options: { timeoutSeconds: number; signal: AbortSignal; instance?: string },
  ): Promise<ExecResult>;
  /** What it wrote: the last `tail` lines, of these those from `since` on, and with `follow` what comes. */
  logs(
    name: string,
    options: { tail: number; since?: string | undefined; follow: boolean; signal: AbortSignal },
  ): AsyncIterable<LogLine>;
  /** Undefined when it does not run. */
  counters(name: string): Promise<ResourceCounters | undefined>;
  /**
   * Calls back with how many processes an instance was refused because of which limit, each time there were some. Gives the function
   * that ends this.
   */
  watchPids(instance: string, listener: (refused: number, limit: number) => void): () => void;
  /** Calls back with a workload's name when its unit changed. Gives the function that ends this. */
  onChange(listener: (name: string) => void): () => void;
}

/** Tells the service manager how the service is (sd_notify(3)). */
export interface Notifier {
  ready(status: string): void;
  status(text: string): void;
  keepAlive(): void;
  stopping(): void;
}

/** The time, for code that must not take it from the air. */
export interface Clock {
  now(): Date;
}
