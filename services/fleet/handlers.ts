import type { Handlers } from "../api/server.ts";
import type { EventOf } from "../api/types.ts";
import { ReasonError } from "../model/reason.ts";
import type { Fleet } from "./fleet.ts";
import { LiveQueue } from "./live-queue.ts";
import { listenToLogs, unreachable } from "./log-listener.ts";

const PAGE = 200;

/** The contract as the fleet serves it for each of its devices, below /v1/devices/{device}. */
export function fleetHandlers(fleet: Fleet, options: { issuer: string }): Handlers {
  const { registry, hub } = fleet;
  const known = (device: string | undefined) => fleet.device(device ?? "");
  const onLanOnly = ({ device }: { device: string | undefined }) => {
    known(device);
    throw notOverFleet("Volumes are looked after on the device's LAN API only");
  };
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
    // biome-ignore lint/correctness/useYield: it only refuses
    async *followStats({ device }) {
      known(device);
      throw notOverFleet("What workloads use now is told by the device's LAN API only");
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
    listImages: ({ device }) => {
      known(device);
      throw notOverFleet("Images are listed by the device's LAN API only");
    },
    inspectImage: ({ device }) => {
      known(device);
      throw notOverFleet("Images are shown by the device's LAN API only");
    },
    exportImage: ({ device }) => {
      known(device);
      throw notOverFleet("Images are exported through the device's LAN API only");
    },
    removeImage: ({ device }) => {
      known(device);
      throw notOverFleet("Images are removed through the device's LAN API only");
    },
    pruneImages: ({ device }) => {
      known(device);
      throw notOverFleet("Images are pruned through the device's LAN API only");
    },
    importImages: ({ device }) => {
      known(device);
      throw notOverFleet("Images are imported through the device's LAN API only");
    },
    listVolumes: onLanOnly,
    getVolume: onLanOnly,
    backupVolume: onLanOnly,
    restoreVolume: onLanOnly,
    removeVolume: onLanOnly,
  };
}

function notOverFleet(message: string): ReasonError {
  return new ReasonError({ code: "not-supported-over-fleet", message, allowed: "berth --host https://<device>" });
}
