import type { Handlers } from "../api/server.ts";
import type { EventOf } from "../api/types.ts";
import { ReasonError } from "../model/reason.ts";
import { unreachable } from "./asking.ts";
import type { Fleet } from "./fleet.ts";
import { LiveQueue } from "./live-queue.ts";
import { listenToLogs } from "./log-listener.ts";
import { askDevice, haveDone } from "./requests.ts";
import { listenToStats } from "./stats-listener.ts";

const PAGE = 200;

/** The contract as the fleet serves it for each of its devices, below /v1/devices/{device}. */
export function fleetHandlers(fleet: Fleet, options: { issuer: string }): Handlers {
  const { registry, hub } = fleet;
  const known = (device: string | undefined) => fleet.device(device ?? "");
  /** What is too much for the broker. */
  const onLanOnly =
    (message: string) =>
    ({ device }: { device: string | undefined }) => {
      known(device);
      throw notOverFleet(message);
    };
  const by = ({ device, signal }: { device: string | undefined; signal: AbortSignal }) => ({
    device: known(device).name,
    signal,
    issuer: options.issuer,
  });
  return {
    getDevice: ({ device }) => {
      const record = known(device);
      const about = record.presence?.about;
      if (about === undefined) throw unreachable(record.name);
      const problems = [...about.problems];
      if (record.problem !== undefined) problems.push(record.problem);
      if (!fleet.online(record)) {
        problems.push({ code: "device-unreachable", message: `not connected; last heard of at ${record.lastSeen}` });
      }
      return { ...about, problems };
    },
    getState: ({ device }) => {
      const record = known(device);
      if (record.state === undefined) throw unreachable(record.name);
      return record.state;
    },
    async *followState({ device, signal }) {
      const { name } = known(device);
      const ending = new AbortController();
      const either = AbortSignal.any([signal, ending.signal]);
      const queue = new LiveQueue<EventOf<"followState">>(either);
      const end = hub.listen(name, (saying) => {
        if (saying.kind === "progress") queue.push({ event: "progress", data: saying.progress });
      });
      const states = (async () => {
        let revision: number | undefined;
        while (!either.aborted) {
          const next = hub.of(name).state.next(either);
          const state = registry.device(name)?.state;
          if (state !== undefined && state.revision !== revision) queue.push({ event: "state", data: state });
          revision = state?.revision;
          await next;
        }
      })();
      try {
        yield* queue;
      } finally {
        ending.abort();
        end();
        await states;
      }
    },
    getWorkload: ({ device, params }) => {
      const record = known(device);
      if (record.state === undefined) throw unreachable(record.name);
      const workload = record.state.workloads.find((one) => one.name === params.name);
      if (workload !== undefined) return workload;
      throw new ReasonError({
        code: "workload-not-found",
        message: `there is no workload ${params.name} on ${record.name}`,
        field: "name",
        value: params.name,
      });
    },
    async *followLogs({ device, params, query, signal }) {
      const { name } = known(device);
      const request = { device: name, workload: params.name, ...query, issuer: options.issuer };
      for await (const data of listenToLogs(fleet, request, signal)) yield { event: "line", data };
    },
    async *followStats({ device, query, signal }) {
      const request = { device: known(device).name, ...query, issuer: options.issuer };
      for await (const data of listenToStats(fleet, request, signal)) yield { event: "stats", data };
    },
    giveOrder: ({ device, body }) => fleet.give(known(device).name, body, options.issuer),
    giveSignedOrder: () => {
      throw notOverFleet("Orders are signed here: give them to POST /orders");
    },
    listOrders: ({ device, query }) => fleet.receipts(known(device).name, query.limit),
    getOrder: ({ device, params }) => fleet.receipt(known(device).name, params.id),
    cancelOrder: ({ device }) => {
      known(device);
      throw notOverFleet("An order can be cancelled on the device's LAN API only");
    },
    async *followReceipts({ device, query, signal }) {
      const { name } = known(device);
      let cursor = query.after;
      while (!signal.aborted) {
        const next = hub.of(name).receipts.next(signal);
        const page = registry.receiptsAfter(name, cursor, PAGE);
        for (const receipt of page) {
          cursor = receipt.sequence;
          yield { event: "receipt", data: receipt, id: `${receipt.sequence}` };
        }
        if (page.length > 0) continue;
        if (!query.follow) return;
        await next;
      }
    },
    // biome-ignore lint/correctness/useYield: it only refuses
    async *followSignedReceipts() {
      throw notOverFleet("Receipts are given here as checked against the device's key");
    },
    async *followEvents({ device, query, signal }) {
      const { name } = known(device);
      let cursor = query.after;
      let page = registry.newestEvents(name, cursor, query.limit);
      while (!signal.aborted) {
        const next = hub.of(name).events.next(signal);
        for (const event of page) {
          cursor = event.id;
          yield { event: "event", data: event, id: `${event.id}` };
        }
        page = registry.eventsAfter(name, cursor, PAGE);
        if (page.length > 0) continue;
        if (!query.follow) return;
        await next;
        page = registry.eventsAfter(name, cursor, PAGE);
      }
    },
    listImages: async (incoming) => (await askDevice(fleet, { of: "images" }, by(incoming))).images,
    inspectImage: async ({ query: { reference }, ...incoming }) =>
      (await askDevice(fleet, { of: "image", reference }, by(incoming))).image,
    removeImage: async ({ query: { reference }, ...incoming }) =>
      result((await haveDone(fleet, { kind: "remove-image", reference }, by(incoming))).images),
    pruneImages: async ({ query: { dryRun }, ...incoming }) =>
      result((await haveDone(fleet, { kind: "prune-images", dryRun }, by(incoming))).images),
    exportImage: onLanOnly("An image is too much for the broker: it is exported through the device's LAN API only"),
    importImages: onLanOnly("An image is too much for the broker: it is imported through the device's LAN API only"),
    listVolumes: async ({ query: { sizes }, ...incoming }) =>
      (await askDevice(fleet, { of: "volumes", sizes }, by(incoming))).volumes,
    getVolume: async ({ params: { name }, ...incoming }) =>
      (await askDevice(fleet, { of: "volume", name }, by(incoming))).volume,
    removeVolume: async ({ params, ...incoming }) =>
      result((await haveDone(fleet, { kind: "remove-volume", volume: params.name }, by(incoming))).volume),
    backupVolume: onLanOnly("A volume is too much for the broker: it is backed up through the device's LAN API only"),
    restoreVolume: onLanOnly("A volume is too much for the broker: it is restored through the device's LAN API only"),
  };
}

/** What a receipt must hold that tells of success. */
function result<T>(given: T | undefined): T {
  if (given !== undefined) return given;
  throw new ReasonError({ code: "unexpected-answer", message: "the device did not say what it did" });
}

function notOverFleet(message: string): ReasonError {
  return new ReasonError({ code: "not-supported-over-fleet", message, allowed: "berth --host https://<device>" });
}
