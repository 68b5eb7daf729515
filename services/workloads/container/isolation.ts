import { mustRun } from "../../host/command.ts";
import { isThere } from "../../host/files.ts";
import type { Network } from "../../network/network.ts";
import { all } from "../all.ts";
import { readCrunLog, startFailed } from "../crun-error.ts";
import { crunRoot, type EnginePaths, workloadPaths } from "../instance/paths.ts";
import { readExit } from "../instance/read-exit.ts";
import { writeRecord } from "../instance/record.ts";
import type { Isolation } from "../isolation.ts";
import type { Namespaces } from "../kernel/namespaces.ts";
import { readCounters } from "../unit/counters.ts";
import { execIn } from "./exec.ts";
import { prepareRoot, writeBundle } from "./prepare.ts";

/** Containers: crun over overlayfs, in namespaces on the device's kernel. */
export function openContainerIsolation(options: {
  readonly engine: EnginePaths;
  readonly network: Network;
  readonly namespaces: Namespaces;
  /** Keeps others from what all workloads share meanwhile. */
  readonly shared: <T>(act: () => Promise<T>) => Promise<T>;
}): Isolation {
  const { engine, network, namespaces, shared } = options;
  return {
    admit: () => Promise.resolve(undefined),

    async found(preparation, record, timed) {
      const { mode, addresses } = record.network;
      const user = preparation.user;
      const made = timed("namespaces", async () => {
        const bridged = mode === "bridge";
        const link = await namespaces.make({ network: preparation.networkNamespace, user, bridged });
        if (link === undefined) return record;
        const linked = { ...record, network: { ...record.network, link } };
        writeRecord(preparation.paths.record, linked);
        return linked;
      });
      const root = made.then(() => timed("root", () => prepareRoot(preparation, shared)));
      const linked = made.then(({ network: { link } }) =>
        timed("attach", async () => {
          if (mode !== "host") await network.attach(record.instance, addresses, link);
        }),
      );
      await all([root, linked]);
      return { places: await root, record: await made };
    },

    write: (preparation, _, settled) => writeBundle(preparation, settled),

    async started({ instance }, job) {
      if (job === "done") return;
      const paths = workloadPaths(engine, instance);
      const [exit, messages] = await Promise.all([readExit(paths), readCrunLog(paths.crunLog)]);
      // One whose process has ended already was started.
      const ended = exit?.code !== undefined || exit?.signal !== undefined;
      if (messages.length > 0 || !ended) throw startFailed(messages, exit === undefined ? job : exit.result);
    },

    exec: (target, command, execOptions) => execIn(engine, target, command, execOptions),
    counters: ({ instance }) => readCounters(instance, workloadPaths(engine, instance)),
    explain: (_, exit) => Promise.resolve(exit),

    async clear(instance) {
      const state = crunRoot(engine);
      if (!(await isThere(`${state}/${instance}`))) return;
      await mustRun(["crun", "--root", state, "--cgroup-manager", "disabled", "delete", "--force", instance]);
    },
  };
}
