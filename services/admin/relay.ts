import type { ApiClient } from "../api/client.ts";
import type { Handlers } from "../api/server.ts";
import { ReasonError } from "../model/reason.ts";

/**
 * Handlers that hand every operation on to the supervisor. What came in is already parsed by the contract here, in a
 * process without rights, and what the supervisor answers is too.
 */
export function relayHandlers(supervisor: ApiClient): Handlers {
  return {
    getDevice: ({ signal }) => named(supervisor.call("getDevice", { signal })),
    getState: ({ signal }) => named(supervisor.call("getState", { signal })),
    getWorkload: ({ params, signal }) => named(supervisor.call("getWorkload", { params, signal })),
    giveOrder: ({ body, signal }) => named(supervisor.call("giveOrder", { body, signal })),
    giveSignedOrder: ({ body, signal }) => named(supervisor.call("giveSignedOrder", { body, signal })),
    listOrders: ({ query, signal }) => named(supervisor.call("listOrders", { query, signal })),
    getOrder: ({ params, signal }) => named(supervisor.call("getOrder", { params, signal })),
    cancelOrder: ({ params, signal }) => named(supervisor.call("cancelOrder", { params, signal })),
    listImages: ({ signal }) => named(supervisor.call("listImages", { signal })),
    inspectImage: ({ query, signal }) => named(supervisor.call("inspectImage", { query, signal })),
    exportImage: ({ query, signal }) => named(supervisor.call("exportImage", { query, signal })),
    removeImage: ({ query, signal }) => named(supervisor.call("removeImage", { query, signal })),
    pruneImages: ({ query, signal }) => named(supervisor.call("pruneImages", { query, signal })),
    importImages: ({ query: { reference }, body, signal }) =>
      named(
        supervisor.call("importImages", { body, signal, ...(reference === undefined ? {} : { query: { reference } }) }),
      ),
    listVolumes: ({ query, signal }) => named(supervisor.call("listVolumes", { query, signal })),
    getVolume: ({ params, signal }) => named(supervisor.call("getVolume", { params, signal })),
    backupVolume: ({ params, signal }) => named(supervisor.call("backupVolume", { params, signal })),
    restoreVolume: ({ params, body, signal }) => named(supervisor.call("restoreVolume", { params, body, signal })),
    removeVolume: ({ params, signal }) => named(supervisor.call("removeVolume", { params, signal })),
    followState: ({ signal }) => namedStream(supervisor.follow("followState", { signal })),
    followLogs: ({ params, query: { since, ...rest }, signal }) => {
      const query = { ...rest, ...(since === undefined ? {} : { since }) };
      return namedStream(supervisor.follow("followLogs", { params, query, signal }));
    },
    followStats: ({ query, signal }) => namedStream(supervisor.follow("followStats", { query, signal })),
    followReceipts: ({ query, signal }) => namedStream(supervisor.follow("followReceipts", { query, signal })),
    followSignedReceipts: ({ query, signal }) =>
      namedStream(supervisor.follow("followSignedReceipts", { query, signal })),
    followEvents: ({ query, signal }) => namedStream(supervisor.follow("followEvents", { query, signal })),
  };
}

async function named<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw nameSupervisor(error);
  }
}

async function* namedStream<T>(events: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* events;
  } catch (error) {
    throw nameSupervisor(error);
  }
}

/** Whoever asked reached this service: what cannot be reached is the supervisor. */
function nameSupervisor(error: unknown): unknown {
  if (!(error instanceof ReasonError) || error.reason.code !== "unreachable") return error;
  const reason = { code: "supervisor-unreachable", message: "the device's supervisor does not answer at present" };
  return new ReasonError(reason, { cause: error, transient: true });
}
