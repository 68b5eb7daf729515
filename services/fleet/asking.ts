import { sleep } from "../async/sleep.ts";
import type { OrderRequest } from "../model/order.ts";
import { ReasonError } from "../model/reason.ts";
import { isFinal, type Receipt, reasonOfReceipt } from "../model/receipt.ts";
import type { Fleet } from "./fleet.ts";
import type { Saying } from "./hub.ts";
import { LiveQueue } from "./live-queue.ts";

/**
 * What a device publishes while it is asked for it by signed orders, again and again while somebody listens. Throws
 * `device-unreachable` (transient) when it is not connected, and the reason with which it refused.
 */
export async function* listenWhileAsked<T>(
  fleet: Fleet,
  options: {
    readonly device: string;
    readonly issuer: string;
    /** The first order's id. */
    readonly order: string;
    /** What waits for a slow listener at most; the oldest goes. */
    readonly mostWaiting?: number;
    /** After so many milliseconds the device is asked again; undefined where once is enough. */
    readonly renewal?: number | undefined;
    /** What the orders say that ask: the first, and those after it. */
    action(first: boolean): OrderRequest["action"];
    /** Takes what was asked for out of all that the device says. */
    hear(saying: Saying, queue: LiveQueue<T>): void;
  },
  signal: AbortSignal,
): AsyncGenerator<T> {
  const { device, issuer, order, renewal, action, hear } = options;
  const again = () => fleet.give(device, { action: action(false) }, issuer);
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const queue = new LiveQueue<T>(either, options.mostWaiting);
  const end = fleet.hub.listen(device, (saying) => hear(saying, queue));
  try {
    requireOnline(fleet, device);
    throwIfRefused(await fleet.give(device, { id: order, action: action(true) }, issuer), device);
    const watching = watchOrder(fleet, { device, order }, queue, either);
    const renewing = renewal === undefined ? undefined : renew(again, renewal, queue, either);
    yield* queue;
    ending.abort();
    await Promise.all([watching, renewing]);
  } finally {
    ending.abort();
    end();
  }
}

/** Ends the listening when the device refuses after all, or goes. */
async function watchOrder<T>(
  fleet: Fleet,
  { device, order }: { readonly device: string; readonly order: string },
  queue: LiveQueue<T>,
  signal: AbortSignal,
): Promise<void> {
  const { receipts, presence } = fleet.hub.of(device);
  while (!signal.aborted) {
    const next = new AbortController();
    const either = AbortSignal.any([signal, next.signal]);
    const heard = Promise.race([receipts.next(either), presence.next(either)]);
    try {
      throwIfRefused(fleet.receipt(device, order), device);
      if (!fleet.device(device).online) throw unreachable(device);
    } catch (error) {
      queue.fail(error);
      return;
    } finally {
      if (signal.aborted) next.abort();
    }
    await heard;
    next.abort();
  }
}

/** Asks again every `milliseconds`, until `signal` aborts. */
async function renew<T>(
  ask: () => Promise<Receipt>,
  milliseconds: number,
  queue: LiveQueue<T>,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(milliseconds, signal);
    if (signal.aborted) return;
    try {
      await ask();
    } catch (error) {
      queue.fail(error);
      return;
    }
  }
}

/** Throws why an order was refused or failed, and `device-unreachable` for one the device has not answered. */
export function throwIfRefused(receipt: Receipt, device: string): void {
  if (receipt.status === "sent") throw unreachable(device);
  if (!isFinal(receipt.status) || receipt.status === "succeeded") return;
  throw new ReasonError(reasonOfReceipt(receipt));
}

/** That a device cannot be asked now. */
export function unreachable(device: string): ReasonError {
  const reason = { code: "device-unreachable", message: `${device} is not connected to its fleet`, field: "device" };
  return new ReasonError({ ...reason, value: device }, { transient: true });
}

/** Throws `device-unreachable` (transient) for a device that is not connected now. */
export function requireOnline(fleet: Fleet, device: string): void {
  if (!fleet.online(fleet.device(device))) throw unreachable(device);
}
