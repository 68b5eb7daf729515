import { chmodSync, writeFileSync } from "node:fs";
import { access, stat } from "node:fs/promises";
import { sleep } from "../../async/sleep.ts";
import { ReasonError } from "../../model/reason.ts";
import type { Network } from "../../network/network.ts";
import { all } from "../all.ts";
import { type EnginePaths, workloadPaths } from "../instance/paths.ts";
import { readExit } from "../instance/read-exit.ts";
import type { WorkloadRecord } from "../instance/record.ts";
import type { Isolation } from "../isolation.ts";
import type { Libc } from "../kernel/libc.ts";
import { makeNamespaces } from "../kernel/namespaces.ts";
import { placeDirectory, placeFile } from "../place.ts";
import { stopSignalOf } from "../unit/unit-times.ts";
import { openAgents } from "./agents.ts";
import { mountImage, writeGuestBundle } from "./bundle.ts";
import { AGENT_SOCKET, MOST_DISKS, qemuCommand } from "./command-line.ts";
import { consoleTail } from "./console.ts";
import { guestCounters } from "./counters.ts";
import { execInGuest } from "./exec.ts";
import type { Kvm } from "./kvm.ts";
import { shapeOf } from "./machine.ts";
import { guestPaths } from "./paths.ts";
import { RESULT_SIZE } from "./result.ts";
import { endScript, resetScript, stopScript } from "./scripts.ts";
import { guestUnitOf } from "./unit.ts";

/** For so long a guest may take until its workload's process runs, in milliseconds. */
const START_PATIENCE = 180_000;
const START_LOOK = 50;
/** For so long its agent's counts are waited for, in milliseconds. */
const COUNTS_PATIENCE = 2000;

/** Micro-VMs: QEMU in a unit of its own, from the same layers as containers. */
export function openGuestIsolation(options: {
  readonly engine: EnginePaths;
  readonly libc: Libc;
  readonly network: Network;
  readonly kvm: Kvm;
  /** Folder of the guests' kernel and initramfs. */
  readonly boot: string;
  readonly architecture: "x64" | "arm64";
  /** Text of a guest's own /etc/hosts, by whom it asks for names. */
  readonly hosts: (record: WorkloadRecord, resolver: "device" | "others") => Promise<string>;
  /** Keeps others from what all workloads share meanwhile. */
  readonly shared: <T>(act: () => Promise<T>) => Promise<T>;
}): Isolation {
  const { engine, libc, network, kvm, boot, architecture, shared } = options;
  const agents = openAgents();
  const tails = new Map<string, { readonly at: number; readonly text: string }>();
  const socketOf = (instance: string) => `${guestPaths(workloadPaths(engine, instance)).agentFolder}/${AGENT_SOCKET}`;

  return {
    async admit(manifest) {
      const { virtualization } = await kvm.probe();
      const emulated = virtualization.kvm !== "works";
      if (emulated && manifest.emulation !== "allowed") {
        throw new ReasonError({
          code: "kvm-unavailable",
          message: `this device cannot run micro-VMs: ${virtualization.message ?? virtualization.kvm}`,
          field: "manifest.isolation",
          value: "microvm",
          allowed: "container; or emulation: allowed, which is many times slower",
        });
      }
      if (emulated) await requireBoot(boot);
      const { pids } = manifest.limits;
      return { ...shapeOf(manifest, emulated), ...(pids === undefined ? {} : { pids }) };
    },

    async found(preparation, record, timed) {
      const { user } = preparation;
      const count = preparation.layers.length + preparation.manifest.volumes.length;
      if (count > MOST_DISKS) throw tooManyDisks(preparation.layers.length);
      const root = timed("root", () => mountImage(preparation, shared));
      const link = timed("attach", async () => {
        const { addresses } = record.network;
        if (addresses !== undefined && user !== undefined) await network.attachTap(addresses, user.first);
      });
      await all([root, link, timed("namespaces", () => makeNamespaces(libc, { network: undefined, user }))]);
      return { places: await root, record };
    },

    async write(preparation, record, settled) {
      const { paths, manifest, image, layers, user, outputs } = preparation;
      const { guest } = record;
      if (guest === undefined || user === undefined) throw new Error("a guest has a machine and ids of its own");
      const { addresses } = record.network;
      const link = addresses === undefined ? undefined : await network.settings(addresses);
      const places = guestPaths(paths);
      const hosts = await options.hosts(record, manifest.network.dns.servers.length === 0 ? "device" : "others");
      const volumes = await writeGuestBundle(preparation, settled, { link, hosts });
      if (layers.length + volumes.length > MOST_DISKS) throw tooManyDisks(layers.length);
      // QEMU has the layers themselves.
      libc.unmount(paths.root);
      outputs.open(paths.instance, { workload: manifest.name, ...manifest.logs });
      libc.makeFifo(places.control, 0o600);
      // QEMU opens it once more, as nobody; no other gets as far as to it.
      chmodSync(places.control, 0o644);
      const { argv, opened } = qemuCommand({
        architecture,
        shape: guest,
        clock: (await kvm.probe()).clock,
        boot,
        layers: layers.map(({ file }) => file),
        bundle: places.bundleDisk,
        result: places.result,
        pipes: { stdout: paths.stdout, stderr: paths.stderr, control: places.control },
        agentFolder: places.agentFolderInside,
        link,
        volumes,
      });
      writeFileSync(places.result, new Uint8Array(RESULT_SIZE), { mode: 0o600 });
      placeDirectory(places.agentFolder, 0o700, user.first);
      placeDirectory(places.cgroups, 0o700);
      placeFile(places.resetScript, resetScript(places), 0o600);
      placeFile(places.stopScript, stopScript(places, stopSignalOf(manifest, image.config)), 0o600);
      placeFile(places.endScript, endScript(places, paths.instance), 0o600);
      return guestUnitOf({
        manifest,
        shape: guest,
        paths,
        argv,
        opened: opened.files,
        boot,
        volumes,
        data: engine.data,
      });
    },

    async started(target, job, signal) {
      const { instance } = target;
      const paths = workloadPaths(engine, instance);
      const deadline = performance.now() + START_PATIENCE;
      let running = false;
      let failure: unknown;
      const asking = (async () => {
        while (!running && failure === undefined && performance.now() < deadline) {
          try {
            await agents.use(socketOf(instance), (agent) => agent.started(), START_PATIENCE);
            running = true;
          } catch (error) {
            if (error instanceof ReasonError) failure = error;
            await sleep(START_LOOK, signal ?? new AbortController().signal);
          }
        }
      })();
      try {
        while (!running) {
          signal?.throwIfAborted();
          const exit = await readExit(paths);
          // One whose process has ended already was started.
          if (exit?.code !== undefined || exit?.signal !== undefined) return;
          if (exit !== undefined) throw startFailed((await this.explain(target, exit)).detail);
          if (failure !== undefined) throw failure;
          if (job !== "done") throw startFailed(await consoleTail(target.name));
          if (performance.now() > deadline) throw startFailed(`it hangs: ${await consoleTail(target.name)}`);
          await sleep(START_LOOK, signal ?? new AbortController().signal);
        }
      } finally {
        if (!running) agents.close(socketOf(instance));
        running = true;
        await asking;
      }
    },

    exec: ({ name, instance }, command, execOptions) =>
      execInGuest(
        agents,
        { name, config: workloadPaths(engine, instance).config, socket: socketOf(instance) },
        command,
        execOptions,
      ),

    counters: ({ instance }) =>
      guestCounters(instance, workloadPaths(engine, instance), async () => {
        const patience = sleep(COUNTS_PATIENCE, new AbortController().signal).then(() => undefined);
        const counts = agents.use(socketOf(instance), (agent) => agent.stats()).catch(() => undefined);
        return Promise.race([counts, patience]);
      }),

    async explain({ name, instance }, exit) {
      if (exit.detail !== undefined || (exit.result !== "guest-died" && exit.result !== "qemu-failed")) return exit;
      const { exit: note } = workloadPaths(engine, instance);
      const at = (await stat(note).catch(() => undefined))?.mtimeMs ?? 0;
      const known = tails.get(instance);
      const text = known?.at === at ? known.text : await consoleTail(name);
      tails.set(instance, { at, text });
      return text === "" ? exit : { ...exit, detail: text };
    },

    clear(instance) {
      agents.forget(socketOf(instance));
      tails.delete(instance);
      return Promise.resolve();
    },
  };
}

async function requireBoot(boot: string): Promise<void> {
  await access(`${boot}/kernel`).catch((cause) => {
    throw new ReasonError(
      {
        code: "kvm-unavailable",
        message: "this device's image has no kernel for micro-VMs",
        field: "manifest.isolation",
        value: "microvm",
        allowed: "container",
      },
      { cause },
    );
  });
}

function startFailed(detail: string | undefined): ReasonError {
  return new ReasonError({
    code: "start-failed",
    message: `the micro-VM could not be started: ${detail ?? "it said nothing"}`,
  });
}

function tooManyDisks(layers: number): ReasonError {
  return new ReasonError({
    code: "start-failed",
    message: `a micro-VM has room for ${MOST_DISKS} layers and volumes; the image has ${layers} layers`,
    field: "manifest.isolation",
    value: "microvm",
    allowed: "container, or fewer layers and volumes",
  });
}
