import { mkdir, rm, writeFile } from "node:fs/promises";
import { createKeyedLock, createLock, createTurns } from "../async/lock.ts";
import { isThere } from "../host/files.ts";
import { openSystemd, type Systemd } from "../host/systemd.ts";
import { readLog } from "../logs/read.ts";
import { dropRetiredLog, readableFolder, retireLog } from "../logs/retired.ts";
import type { Virtualization } from "../model/device.ts";
import { millisecondsOf } from "../model/quantity.ts";
import { ReasonError } from "../model/reason.ts";
import type { Isolation } from "../model/workload/isolation.ts";
import { usernsOf } from "../model/workload/privileges.ts";
import { type Network, openNetwork } from "../network/network.ts";
import { subnetOf } from "../network/subnet.ts";
import type { Stopped, Workloads } from "../supervisor/ports.ts";
import { all } from "./all.ts";
import { unpinHostPaths } from "./container/host-mounts.ts";
import { openContainerIsolation } from "./container/isolation.ts";
import { openGuestIsolation } from "./guest/isolation.ts";
import { type Kvm, openKvm } from "./guest/kvm.ts";
import { guestHosts, writeHosts } from "./instance/hosts.ts";
import { instancesOf, roleOf, servingOf, workloadOfInstance } from "./instance/instances.ts";
import { wasKilled } from "./instance/observation.ts";
import { observeInstances } from "./instance/observe.ts";
import { createOutputs } from "./instance/outputs.ts";
import {
  ENGINE_PATHS,
  type EnginePaths,
  instanceOfUnit,
  unitName,
  workloadPaths,
  workloadsDirectory,
} from "./instance/paths.ts";
import { readExit } from "./instance/read-exit.ts";
import { preparedNames, readRecord, type WorkloadRecord, writeRecord } from "./instance/record.ts";
import type { Isolation as IsolationPort } from "./isolation.ts";
import { openIdRanges } from "./kernel/id-ranges.ts";
import { openLibc } from "./kernel/libc.ts";
import { openNamespaces } from "./kernel/namespaces.ts";
import { placeFile } from "./place.ts";
import { placesOf } from "./places/places.ts";
import { placesInMemory } from "./places/places-in-memory.ts";
import type { VolumePlaces } from "./preparation.ts";
import { layerMounts } from "./root/layer-mounts.ts";
import { unmountIdmapped, unmountLayers } from "./root/layers.ts";
import { unmountRoot } from "./root/root.ts";
import { watchPids } from "./unit/pids-watch.ts";
import { createSliceKeeper, reservedMemory } from "./unit/slice.ts";
import { helperTasks } from "./unit/unit-limits.ts";
import { stopSignalOf } from "./unit/unit-times.ts";

/** What every guest boots: its kernel and its initramfs. */
const GUEST_BOOT = "/usr/lib/berth/guest";
const ARCHITECTURE = process.arch === "arm64" ? "arm64" : "x64";

/** For a unit whose record is lost, in milliseconds. */
const UNKNOWN_GRACE = 10_000;

/** How long after a start the next one is prepared for, in milliseconds. */
const PAUSE = 500;

/** How the engine is set up; everything has the appliance's default. */
export interface EngineOptions {
  readonly volumes: VolumePlaces;
  /** Folders of the device whose content manifests may mount; none when left out. */
  readonly hostPaths?: readonly string[];
  readonly paths?: EnginePaths;
  /** The workloads' network, `a.b.c.d/n`. Its first address is the bridge's. */
  readonly subnet?: string;
  readonly systemd?: Systemd;
  readonly network?: Network;
  readonly kvm?: Kvm;
  /** Told how long each step of a start took, in milliseconds. */
  readonly onStep?: (workload: string, step: string, milliseconds: number) => void;
}

/** The engine of all workloads. */
export interface Engine extends Workloads {
  /** Whether micro-VMs run at the processor's own speed, as far as that is known. */
  virtualization(): Promise<Virtualization>;
  /**
   * Makes ready what the first start would otherwise wait for: the bridge, and the firewall, whose kernel modules are
   * loaded by it. Nothing depends on it.
   */
  prepare(): Promise<void>;
}

/**
 * The engine: each workload a systemd unit over EROFS layers with a link to a bridge, kept apart as its manifest says. All it
 * knows is in systemd and below /run/berth/workloads, so that a supervisor that comes back finds everything as it was.
 */
export function openEngine(options: EngineOptions): Engine {
  const engine = options.paths ?? ENGINE_PATHS;
  const subnet = subnetOf(options.subnet ?? "10.88.0.0/16");
  const systemd = options.systemd ?? openSystemd();
  const network = options.network ?? openNetwork({ subnet, leases: `${engine.data}/network.json` });
  const libc = openLibc();
  const idRanges = openIdRanges(`${engine.data}/id-ranges.json`);
  const outputs = createOutputs(engine.logs, libc);
  const kvm =
    options.kvm ??
    openKvm({ systemd, findings: `${engine.runtime}/kvm.json`, boot: GUEST_BOOT, architecture: ARCHITECTURE });
  const nextNamespaces = openNamespaces(libc, (namespace) => network.linkAhead(namespace));
  const byName = createKeyedLock();
  /** Guards what workloads share: ports, addresses, layer mounts. */
  const shared = createLock();

  const timed = async <T>(workload: string, step: string, act: () => Promise<T>): Promise<T> => {
    const before = performance.now();
    try {
      return await act();
    } finally {
      options.onStep?.(workload, step, performance.now() - before);
    }
  };

  const records = (): WorkloadRecord[] =>
    preparedNames(workloadsDirectory(engine))
      .map((instance) => readRecord(workloadPaths(engine, instance).record))
      .filter((record) => record !== undefined);
  const publications = (from: readonly WorkloadRecord[]) =>
    servingOf(from).flatMap(({ name, network: { addresses }, ports }) =>
      ports.map((port) => ({ ...port, workload: name, to: addresses })),
    );
  const protectMemory = createSliceKeeper(systemd);
  // By what there is when it is their turn: the last one knows all.
  const openPorts = createTurns(async () => {
    const known = records();
    const guests = known.flatMap(({ guest, network: { addresses } }) =>
      guest === undefined || addresses === undefined ? [] : [addresses],
    );
    await network.publish(publications(known), guests);
  });
  const tellNames = createTurns(async () => writeHosts(engine, await network.gateway(), records()));

  const isolations: Readonly<Record<Isolation, IsolationPort>> = {
    container: openContainerIsolation({ engine, network, shared, namespaces: nextNamespaces }),
    microvm: openGuestIsolation({
      engine,
      libc,
      network,
      shared,
      kvm,
      boot: GUEST_BOOT,
      architecture: ARCHITECTURE,
      hosts: async (record, resolver) =>
        guestHosts(record, resolver, { gateway: await network.gateway(), records: records() }),
    }),
  };

  /** The instance of a workload that serves; its name where there is none. */
  const servingInstance = (name: string): string => {
    const all = records();
    return instancesOf(name).find((instance) => roleOf(instance, all) === "serving") ?? name;
  };

  /** Ends the unit, if there is one, and lets systemd forget it. */
  const end = async (instance: string): Promise<Stopped> => {
    const unit = unitName(instance);
    const paths = workloadPaths(engine, instance);
    const record = readRecord(paths.record);
    const grace = record?.grace ?? UNKNOWN_GRACE;
    const stopped = await systemd.stop(unit, grace);
    if (stopped !== undefined) await systemd.resetFailed(unit);
    return { killedAfter: wasKilled(await readExit(paths), record?.stopSignal) ? grace : undefined };
  };

  /** Whether there may be anything of an instance: its bundle is made first and deleted last. */
  const isPrepared = (instance: string) => isThere(workloadPaths(engine, instance).bundle);

  /** Ends the unit and clears all of an instance. Safe where there is little or nothing of it. */
  const clear = async (instance: string): Promise<Stopped> => {
    const paths = workloadPaths(engine, instance);
    // What is noted there after this is the end that is made here.
    await rm(paths.exit, { force: true });
    const stopped = await end(instance);
    if (!(await isPrepared(instance))) return stopped;
    const record = readRecord(paths.record);
    for (const isolation of Object.values(isolations)) await isolation.clear(instance);
    await unmountRoot(libc, paths);
    await unpinHostPaths(libc, paths.hostMounts);
    await network.detach(instance, record?.network.addresses, record?.network.link);
    outputs.close(instance);
    await shared(async () => {
      // Not while another is at what all workloads have, this one's hosts file among it.
      await rm(paths.bundle, { recursive: true, force: true });
      const left = records();
      unmountIdmapped(libc, engine, new Set(left.flatMap(({ ids = [] }) => ids)));
      unmountLayers(libc, engine, new Set(left.flatMap(({ layers }) => layers)));
      await protectMemory(left);
    });
    await all([openPorts(), tellNames()]);
    return stopped;
  };

  /** Clears several instances and gives how the last that had to be killed was stopped. */
  const clearAll = async (instances: readonly string[]): Promise<Stopped> => {
    let killedAfter: number | undefined;
    for (const instance of instances) killedAfter = (await clear(instance)).killedAfter ?? killedAfter;
    return { killedAfter };
  };

  const isolationOf = ({ guest }: Pick<WorkloadRecord, "guest">) =>
    guest === undefined ? isolations.container : isolations.microvm;
  /** The isolation of an instance that was prepared; a container's where there is none. */
  const isolationOfInstance = (instance: string) =>
    isolationOf(readRecord(workloadPaths(engine, instance).record) ?? {});

  return {
    prepare: async () => {
      await shared(async () => {
        outputs.hold();
        await network.prepare();
      });
      await all([openPorts(), tellNames()]);
      nextNamespaces.prepare();
    },

    virtualization: () => kvm.known(),

    start: (spec, signal) =>
      byName(spec.manifest.name, async () => {
        const { manifest, image, fingerprint, check, run } = spec;
        const { name, ports } = manifest;
        const serving = spec.beside ? servingInstance(name) : undefined;
        const instances = instancesOf(name).filter((one) => one !== serving);
        const [instance = name] = instances;
        const paths = workloadPaths(engine, instance);
        const layers = layerMounts(image, spec.layers);
        const places = [...placesOf(manifest, image.config), ...placesInMemory(manifest, image.config)];
        const isolation = isolations[manifest.isolation];
        const guest = await isolation.admit(manifest);
        const stopSignal = stopSignalOf(manifest, image.config);
        await timed(name, "clear", async () => {
          for (const one of instances) if (await isPrepared(one)) await clear(one);
        });
        await dropRetiredLog(engine.logs, name);
        signal.throwIfAborted();
        const { record, recorded } = await timed(name, "claim", () =>
          shared(async () => {
            const all = records();
            const others = all.filter((other) => other.name !== name);
            await network.checkPorts(ports, publications(others));
            const { mode, hosts } = manifest.network;
            const addresses = mode === "bridge" ? await network.claim(instance) : undefined;
            const inUse = all.flatMap(({ instance: one, ids }) => (ids === undefined ? [] : [[one, ids] as const]));
            const range = usernsOf(manifest) === "private" ? await idRanges.claim(instance, new Map(inUse)) : undefined;
            await mkdir(paths.bundle, { recursive: true, mode: 0o700 });
            placeFile(paths.hosts, "", 0o644);
            const claimed: WorkloadRecord = {
              name,
              instance,
              generation: 1 + Math.max(0, ...all.map((one) => (one.name === name ? one.generation : 0))),
              serving: serving === undefined,
              fingerprint: "",
              ...(check === undefined ? {} : { check }),
              run,
              network: { mode, hosts, ...(addresses === undefined ? {} : { addresses }) },
              grace: millisecondsOf(manifest.stop.grace),
              ports,
              volumes: places.flatMap(({ content }) => (content.kind === "volume" ? [content.volume] : [])),
              layers: layers.map((layer) => layer.name),
              ...(manifest.hostname === undefined ? {} : { hostname: manifest.hostname }),
              ...(range === undefined ? {} : { ids: range.first }),
              ...(guest === undefined ? {} : { guest }),
              stopSignal,
              unit: [],
              helperTasks: helperTasks(manifest),
            };
            writeRecord(paths.record, claimed);
            await network.prepare();
            return { record: claimed, recorded: range?.recorded ?? Promise.resolve() };
          }),
        );
        try {
          const user = record.ids === undefined ? undefined : { path: paths.userNamespace, first: record.ids };
          const preparation = {
            user,
            libc,
            outputs,
            engine,
            paths,
            manifest,
            image,
            layers,
            gateway: subnet.gateway,
            networkNamespace: manifest.network.mode === "host" ? undefined : network.namespacePath(instance),
            volumes: options.volumes,
            hostPaths: options.hostPaths ?? [],
            places,
          };
          const founded = isolation.found(preparation, record, (step, act) => timed(name, step, act));
          // Whoever is root in a guest writes whole frames: never before the rules that hold it to its addresses.
          const pinned = guest === undefined ? Promise.resolve() : openPorts();
          await all([founded, timed(name, "names", tellNames), recorded, pinned]);
          signal.throwIfAborted();
          const { places: settled, record: linked } = await founded;
          const unit = await timed(name, "bundle", () => isolation.write(preparation, linked, settled));
          writeRecord(paths.record, { ...linked, fingerprint, unit });
          if (reservedMemory({ unit }) > 0) await shared(async () => protectMemory(records()));
          const result = await timed(name, "unit", () => systemd.startTransient(unitName(instance), unit, signal));
          await timed(name, "started", () => isolation.started({ name, instance }, result, signal));
          // Its rules come a moment later than its process, which has not waited for them: what is closed until then is only what
          // they open.
          await timed(name, "firewall", openPorts);
        } catch (error) {
          await clear(instance);
          throw error;
        } finally {
          // Not at once: what has started has the device for itself first.
          setTimeout(() => nextNamespaces.prepare(), PAUSE).unref?.();
        }
      }),

    switchOver: (name) =>
      byName(name, async () => {
        await shared(async () => {
          const known = records();
          const successor = known.find(
            ({ name: one, instance }) => one === name && roleOf(instance, known) === "successor",
          );
          if (successor === undefined) throw new Error(`${name} has nothing to switch over to`);
          writeRecord(workloadPaths(engine, successor.instance).record, { ...successor, serving: true });
        });
        await all([openPorts(), tellNames()]);
      }),

    dismiss: (name) =>
      byName(name, async () => {
        const all = records();
        return clearAll(instancesOf(name).filter((instance) => roleOf(instance, all) !== "serving"));
      }),

    stop: (name) => byName(name, () => clearAll(instancesOf(name))),

    halt: (name, detail) =>
      byName(name, async () => {
        const instance = servingInstance(name);
        // First: whoever sees its end sees why. One that was stopped and cleared meanwhile has no place for it.
        await writeFile(workloadPaths(engine, instance).unhealthy, detail, { mode: 0o600 }).catch(() => undefined);
        await end(instance);
      }),

    forget: (name) =>
      byName(name, async () => {
        await retireLog(engine.logs, name);
        await shared(async () => {
          for (const instance of instancesOf(name)) {
            await network.release(instance);
            await idRanges.release(instance);
          }
        });
      }),

    async mounting(volume) {
      const mounting = records().filter(({ volumes }) => volumes.includes(volume));
      return [...new Set(mounting.map(({ name }) => name))];
    },

    restart: (name) =>
      byName(name, async () => {
        const instance = servingInstance(name);
        const record = readRecord(workloadPaths(engine, instance).record);
        if (record === undefined || record.fingerprint === "") {
          throw new ReasonError({ code: "workload-not-running", message: `workload ${name} is not running` });
        }
        await end(instance);
        const { unhealthy, exit } = workloadPaths(engine, instance);
        for (const file of [unhealthy, exit]) await rm(file, { force: true });
        const result = await systemd.startTransient(unitName(instance), record.unit);
        await isolationOf(record).started({ name, instance }, result, undefined);
      }),

    observe: () =>
      observeInstances(engine, systemd, records, async (record, exit) =>
        record === undefined ? exit : isolationOf(record).explain(record, exit),
      ),
    async exec(name, command, { instance, ...execOptions }) {
      const target = { name, instance: instance ?? servingInstance(name) };
      return isolationOfInstance(target.instance).exec(target, command, execOptions);
    },
    async *logs(name, query) {
      const { folder, retired } = await readableFolder(engine.logs, name);
      yield* readLog(folder, { ...query, follow: query.follow && !retired });
    },
    async counters(name) {
      const instance = servingInstance(name);
      return isolationOfInstance(instance).counters({ name, instance });
    },
    watchPids(instance, listener) {
      const paths = workloadPaths(engine, instance);
      // A guest's own kernel counts whom it refused.
      if (readRecord(paths.record)?.guest !== undefined) return () => undefined;
      return watchPids(instance, paths, listener);
    },
    onChange: (listener) =>
      systemd.onUnitChange((unit) => {
        const instance = instanceOfUnit(unit);
        if (instance !== undefined) listener(workloadOfInstance(instance));
      }),
  };
}
