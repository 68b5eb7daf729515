import { Variant } from "@jellybrick/dbus-next";
import { z } from "zod";
import { ReasonError } from "../model/reason.ts";
import { BusCallError, type BusSignal, connectSystemdBus, type SystemdBus, variantValue } from "./systemd-bus.ts";
import { type UnitProperty, unitOfPath, unitPath } from "./systemd-property.ts";

/** How a job ended: done, failed, canceled, timeout, dependency, skipped, … (org.freedesktop.systemd1(5), JobRemoved). */
export type JobResult = string;

/** A loaded unit, as systemd lists it. */
export interface ListedUnit {
  readonly name: string;
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
}

/** systemd, the process engine. One connection to the system bus, opened at first use and opened again when lost. */
export interface Systemd {
  /** Makes a unit of these properties, starts it and waits for the job. Throws `unit-refused` when systemd will not. */
  startTransient(unit: string, properties: readonly UnitProperty[], signal?: AbortSignal): Promise<JobResult>;
  /**
   * Waits until the unit stopped; undefined when there is no such unit. Where its own time to stop is longer than
   * `grace` (milliseconds), its main process is killed earlier.
   */
  stop(unit: string, grace: number): Promise<JobResult | undefined>;
  /** Forgets that the unit failed, and its count of restarts. Does nothing when there is no such unit. */
  resetFailed(unit: string): Promise<void>;
  /** Changes properties of a unit until the next boot. */
  setProperties(unit: string, properties: readonly UnitProperty[]): Promise<void>;
  /** The loaded units a glob pattern matches. */
  list(pattern: string): Promise<ListedUnit[]>;
  /** One property; undefined when the unit is gone. */
  property(unit: string, iface: "Unit" | "Service", name: string): Promise<unknown>;
  /** Calls back with the name of each unit that changed or was unloaded. Gives the function that ends this. */
  onUnitChange(listener: (unit: string) => void): () => void;
  close(): void;
}

const MANAGER = "org.freedesktop.systemd1.Manager";
const MANAGER_PATH = "/org/freedesktop/systemd1";
const UNIT_LIST = z.tuple([
  z.array(z.tuple([z.string(), z.string(), z.string(), z.string(), z.string()]).rest(z.unknown())),
]);
const RECONNECT_DELAY = 1000;
const SIGKILL = 9;

/** Opens {@link Systemd}. Nothing is connected before the first call. */
export function openSystemd(): Systemd {
  let connecting: Promise<SystemdBus> | undefined;
  let closed = false;
  const jobs = new Map<string, (result: JobResult | Error) => void>();
  // Jobs can end before the reply that names them was read: results are kept while somebody waits for a reply.
  const early = new Map<string, JobResult>();
  let asking = 0;
  const listeners = new Set<(unit: string) => void>();

  const onSignal = (signal: BusSignal) => {
    switch (signal.member) {
      case "JobRemoved": {
        const [, job, , result] = signal.body;
        if (typeof job !== "string" || typeof result !== "string") return;
        const waiting = jobs.get(job);
        if (waiting !== undefined) waiting(result);
        else if (asking > 0) early.set(job, result);
        return;
      }
      case "UnitRemoved": {
        const [unit] = signal.body;
        if (typeof unit === "string") tell(unit);
        return;
      }
      case "PropertiesChanged": {
        const unit = unitOfPath(signal.path);
        if (unit !== undefined) tell(unit);
        return;
      }
    }
  };
  const tell = (unit: string) => {
    for (const listener of listeners) listener(unit);
  };

  const connect = (): Promise<SystemdBus> => {
    if (closed) return Promise.reject(new Error("systemd's connection was closed"));
    if (connecting === undefined) {
      const opening = connectSystemdBus({
        signal: onSignal,
        end(cause) {
          if (connecting === opening) connecting = undefined;
          for (const waiting of [...jobs.values()]) waiting(cause instanceof Error ? cause : new Error(String(cause)));
          keepListening();
        },
      });
      opening.catch(() => {
        if (connecting === opening) connecting = undefined;
        keepListening();
      });
      connecting = opening;
    }
    return connecting;
  };
  const keepListening = () => {
    if (closed || listeners.size === 0) return;
    const timer = setTimeout(() => {
      if (listeners.size > 0) connect().catch(() => undefined);
    }, RECONNECT_DELAY);
    timer.unref?.();
  };
  const call = async (path: string, iface: string, member: string, signature?: string, body?: unknown[]) =>
    (await connect()).call(path, iface, member, signature, body);

  /** Calls a method of the manager that gives a job, and waits for the job's end. */
  const runJob = async (
    member: string,
    signature: string,
    body: unknown[],
    { signal, accepted }: { readonly signal?: AbortSignal | undefined; readonly accepted?: () => void } = {},
  ): Promise<JobResult> => {
    let job: string;
    asking++;
    try {
      const [path] = await call(MANAGER_PATH, MANAGER, member, signature, body);
      job = String(path);
    } finally {
      asking--;
    }
    const known = early.get(job);
    if (asking === 0) early.clear();
    if (known !== undefined) return known;
    accepted?.();
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const settle = (result: JobResult | Error) => {
        jobs.delete(job);
        signal?.removeEventListener("abort", abort);
        if (typeof result === "string") resolve(result);
        else reject(result);
      };
      const abort = () => settle(signal?.reason instanceof Error ? signal.reason : new Error("aborted"));
      signal?.addEventListener("abort", abort, { once: true });
      jobs.set(job, settle);
    });
  };
  const ofExisting = async <T>(act: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await act();
    } catch (error) {
      if (error instanceof BusCallError && isGone(error)) return undefined;
      throw error;
    }
  };

  return {
    async startTransient(unit, properties, signal) {
      try {
        return await runJob(
          "StartTransientUnit",
          "ssa(sv)a(sa(sv))",
          [unit, "fail", properties.map((property) => [property.name, variantOf(property)]), []],
          { signal },
        );
      } catch (error) {
        if (!(error instanceof BusCallError)) throw error;
        throw new ReasonError(
          { code: "unit-refused", message: `systemd refused ${unit}: ${error.message}` },
          { cause: error },
        );
      }
    },
    async stop(unit, grace) {
      let late: ReturnType<typeof setTimeout> | undefined;
      const kill = () => call(MANAGER_PATH, MANAGER, "KillUnit", "ssi", [unit, "main", SIGKILL]).catch(() => undefined);
      try {
        return await ofExisting(() =>
          runJob("StopUnit", "ss", [unit, "replace"], {
            // Not before systemd knows that it is to stop: it would start it again.
            accepted: () => {
              late = setTimeout(kill, grace);
            },
          }),
        );
      } finally {
        clearTimeout(late);
      }
    },
    async resetFailed(unit) {
      await ofExisting(() => call(MANAGER_PATH, MANAGER, "ResetFailedUnit", "s", [unit]));
    },
    async setProperties(unit, properties) {
      const changes = properties.map((property) => [property.name, variantOf(property)]);
      await call(MANAGER_PATH, MANAGER, "SetUnitProperties", "sba(sv)", [unit, true, changes]);
    },
    async list(pattern) {
      const [units] = UNIT_LIST.parse(
        await call(MANAGER_PATH, MANAGER, "ListUnitsByPatterns", "asas", [[], [pattern]]),
      );
      return units.map(([name, , loadState, activeState, subState]) => ({ name, loadState, activeState, subState }));
    },
    property: (unit, iface, name) =>
      ofExisting(async () => {
        const [value] = await call(unitPath(unit), "org.freedesktop.DBus.Properties", "Get", "ss", [
          `org.freedesktop.systemd1.${iface}`,
          name,
        ]);
        return variantValue(value);
      }),
    onUnitChange(listener) {
      listeners.add(listener);
      connect().catch(() => undefined);
      return () => {
        listeners.delete(listener);
      };
    },
    close() {
      closed = true;
      connecting?.then((bus) => bus.close()).catch(() => undefined);
      connecting = undefined;
    },
  };
}

function isGone(error: BusCallError): boolean {
  return (
    error.errorName === "org.freedesktop.systemd1.NoSuchUnit" ||
    error.errorName === "org.freedesktop.DBus.Error.UnknownObject"
  );
}

function variantOf(property: UnitProperty): Variant {
  switch (property.type) {
    case "t":
      return new Variant("t", BigInt(property.value));
    case "a(sasb)":
      return new Variant(
        "a(sasb)",
        property.value.map(({ path, argv, mayFail }) => [path, [...argv], mayFail ?? false]),
      );
    case "a(st)":
      return new Variant(
        "a(st)",
        property.value.map(({ path, most }) => [path, BigInt(most)]),
      );
    case "a(ssbt)":
      return new Variant(
        "a(ssbt)",
        property.value.map(([source, target, missing, flags]) => [source, target, missing, BigInt(flags)]),
      );
    case "a(sst)":
      return new Variant(
        "a(sst)",
        property.value.map(([path, name, flags]) => [path, name, BigInt(flags)]),
      );
    case "a(ss)":
      return new Variant("a(ss)", [...property.value]);
    case "(bas)":
      return new Variant("(bas)", [...property.value]);
    case "as":
      return new Variant("as", [...property.value]);
    case "s":
    case "b":
    case "i":
    case "u":
      return new Variant(property.type, property.value);
  }
}
