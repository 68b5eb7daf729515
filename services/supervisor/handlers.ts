import type { Handlers } from "../api/server.ts";
import type { Device } from "../model/device.ts";
import type { Origin } from "../model/order.ts";
import { ReasonError } from "../model/reason.ts";
import { type SigningIdentity, signJws } from "../model/signature.ts";
import { imageHandlers } from "./image-handlers.ts";
import type { Journal } from "./journal/journal.ts";
import type { Workloads } from "./ports.ts";
import { followStats } from "./stats.ts";
import type { Supervisor } from "./supervisor.ts";

const PAGE = 200;

/** What the API shows besides the supervisor itself. */
export interface HandlerOptions {
  readonly supervisor: Supervisor;
  readonly journal: Journal;
  readonly workloads: Workloads;
  readonly identity: SigningIdentity;
  /** Which socket this is: it decides whom an order is taken from. */
  readonly origin: Origin;
  /** The name under which an unsigned order from this socket is recorded. */
  readonly issuer: string;
  device(): Promise<Device>;
}

/** The supervisor's side of the contract, for one of its sockets. */
export function supervisorHandlers(options: HandlerOptions): Handlers {
  const { supervisor, journal, workloads, origin } = options;
  const { recorder, reporter, volumes, images } = supervisor;
  return {
    getDevice: () => options.device(),
    getState: () => reporter.state(),
    async *followState({ signal }) {
      let revision = -1;
      const sent = new Map<string, string>();
      while (!signal.aborted) {
        const waiting = new AbortController();
        const either = AbortSignal.any([signal, waiting.signal]);
        const next = Promise.race([reporter.changed.next(either), recorder.progress.next(either)]);
        const state = reporter.state();
        if (state.revision !== revision) {
          revision = state.revision;
          yield { event: "state", data: state };
        }
        const running = recorder.running();
        for (const progress of running) {
          const text = JSON.stringify(progress);
          if (sent.get(progress.order) === text) continue;
          sent.set(progress.order, text);
          yield { event: "progress", data: progress };
        }
        for (const order of sent.keys()) if (!running.some((one) => one.order === order)) sent.delete(order);
        await next;
        waiting.abort();
      }
    },
    getWorkload: ({ params }) => {
      const workload = reporter.workload(params.name);
      if (workload === undefined) throw workloadNotFound(params.name);
      return workload;
    },
    async *followLogs({ params, query, signal }) {
      // What became of one that failed or was removed is in what it wrote.
      const known = reporter.workload(params.name) !== undefined || journal.wasOrdered(params.name);
      if (!known) throw workloadNotFound(params.name);
      for await (const data of workloads.logs(params.name, { ...query, signal })) yield { event: "line", data };
    },
    async *followStats({ query, signal }) {
      const options = { interval: query.interval * 1000, follow: query.follow, signal };
      for await (const data of followStats({ workloads, reporter }, options)) yield { event: "stats", data };
    },
    giveOrder: ({ body }) => {
      refuseUnsigned();
      return supervisor.inbox.give(body, origin, options.issuer);
    },
    giveSignedOrder: ({ body }) => supervisor.inbox.giveSigned(body, origin),
    listOrders: ({ query }) => journal.newestReceipts(query.limit),
    getOrder: ({ params }) => {
      const receipt = journal.newestReceipt(params.id);
      if (receipt === undefined) {
        const message = `there is no order ${params.id}`;
        throw new ReasonError({ code: "order-not-found", message, field: "id", value: params.id });
      }
      return receipt;
    },
    cancelOrder: ({ params }) => {
      refuseUnsigned();
      return supervisor.cancel(params.id);
    },
    async *followReceipts({ query, signal }) {
      for await (const receipt of after(query, signal))
        yield { event: "receipt", data: receipt, id: `${receipt.sequence}` };
    },
    async *followSignedReceipts({ query, signal }) {
      for await (const receipt of after(query, signal)) {
        const data = await signJws(receipt, {
          identity: options.identity,
          keyId: receipt.device,
          type: "berth-receipt",
        });
        yield { event: "receipt", data, id: `${receipt.sequence}` };
      }
    },
    async *followEvents({ query, signal }) {
      let cursor = query.after;
      let page = journal.newestEvents(cursor, query.limit);
      for (;;) {
        const next = recorder.events.next(signal);
        for (const event of page) {
          cursor = event.id;
          yield { event: "event", data: event, id: `${event.id}` };
        }
        page = journal.eventsAfter(cursor, PAGE);
        if (page.length > 0) continue;
        if (!query.follow) return;
        await next;
        if (signal.aborted) return;
        page = journal.eventsAfter(cursor, PAGE);
      }
    },
    ...imageHandlers({ images, issuer: options.issuer, refuseUnsigned }),
    listVolumes: ({ query }) => volumes.list(query),
    getVolume: ({ params }) => volumes.get(params.name),
    backupVolume: ({ params, signal }) => {
      refuseUnsigned();
      return volumes.backup(params.name, signal);
    },
    restoreVolume: ({ params, body, signal }) => {
      refuseUnsigned();
      return volumes.restore(params.name, body, { signal, issuer: options.issuer });
    },
    removeVolume: ({ params }) => {
      refuseUnsigned();
      return volumes.remove(params.name, { issuer: options.issuer });
    },
  };

  /**
   * Whoever holds the agent's socket may change nothing by himself, nor read what workloads keep: an image of a known name
   * would change what runs.
   */
  function refuseUnsigned(): void {
    if (origin !== "fleet") return;
    throw new ReasonError({
      code: "signed-order-required",
      message: "from the fleet, signed orders alone change anything or read data",
      allowed: "POST /v1/orders/signed",
    });
  }

  /** Receipts after a cursor, then as they come. */
  async function* after(query: { after: number; follow: boolean }, signal: AbortSignal) {
    let cursor = query.after;
    while (!signal.aborted) {
      const next = recorder.receipts.next(signal);
      const page = journal.receiptsAfter(cursor, PAGE);
      for (const receipt of page) {
        cursor = receipt.sequence;
        yield receipt;
      }
      if (page.length > 0) continue;
      if (!query.follow) return;
      await next;
    }
  }
}

function workloadNotFound(name: string): ReasonError {
  return new ReasonError({
    code: "workload-not-found",
    message: `there is no workload ${name} on this device`,
    field: "name",
    value: name,
  });
}
