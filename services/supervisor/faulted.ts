import type { Handlers } from "../api/server.ts";
import type { Device } from "../model/device.ts";
import { type Reason, ReasonError } from "../model/reason.ts";

/**
 * The contract as a supervisor serves it whose database cannot be used: it says what it is and why it does nothing.
 * Workloads that run go on; nothing is reset, since that would forget what was accepted and let old orders in again.
 */
export function faultedHandlers(reason: Reason, device: () => Promise<Device>): Handlers {
  const refuse = () => {
    throw new ReasonError(reason);
  };
  const refuseStream = (): AsyncIterable<never> => ({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new ReasonError(reason)) }),
  });
  return {
    getDevice: device,
    getState: refuse,
    getWorkload: refuse,
    giveOrder: refuse,
    giveSignedOrder: refuse,
    listOrders: refuse,
    getOrder: refuse,
    cancelOrder: refuse,
    listImages: refuse,
    importImages: refuse,
    inspectImage: refuse,
    exportImage: refuse,
    removeImage: refuse,
    pruneImages: refuse,
    listVolumes: refuse,
    getVolume: refuse,
    backupVolume: refuse,
    restoreVolume: refuse,
    removeVolume: refuse,
    followState: refuseStream,
    followLogs: refuseStream,
    followStats: refuseStream,
    followReceipts: refuseStream,
    followSignedReceipts: refuseStream,
    followEvents: refuseStream,
  };
}
