import { sleep } from "../async/sleep.ts";
import type { LogLine } from "../model/log-line.ts";
import { ReasonError } from "../model/reason.ts";
import { isFinal, type Receipt, reasonOfReceipt } from "../model/receipt.ts";
import type { Fleet } from "./fleet.ts";
import { LiveQueue } from "./live-queue.ts";
import { LogMerge } from "./log-merge.ts";

/** A device publishes new lines for so long, in seconds, unless it is asked again. */
const LEASE_SECONDS = 120;
const RENEWAL = 80_000;

/**
 * What a workload of a device writes: the device is asked by signed orders of kind `logs`, again and again while somebody
 * listens, and publishes the lines. Throws `device-unreachable` (transient) when it is not connected, and the reason with
 * which it refused.
 */
export async function* listenToLogs(
  fleet: Fleet,
  request: {
    device: string;
    workload: string;
    tail: number;
    since?: string | undefined;
    follow: boolean;
    issuer: string;
  },
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const { device, workload, tail, since, follow, issuer } = request;
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const queue = new LiveQueue<LogLine>(either, 20_000);
  const order = crypto.randomUUID();
  const merge = new LogMerge(order);
  const end = fleet.hub.listen(device, (saying) => {
    if (saying.kind !== "logs" || saying.batch.workload !== workload) return;
    for (const line of merge.take(saying.batch)) {
      // Lines that others asked for are heard, too.
      if (since === undefined || Date.parse(line.at) >= Date.parse(since)) queue.push(line);
    }
    if (!follow && merge.tailComplete) queue.end();
  });
  const ask = (id: string, lines: number) =>
    fleet.give(
      device,
      {
        id,
        action: {
          kind: "logs",
          workload,
          tail: lines,
          ...(since === undefined ? {} : { since }),
          seconds: follow ? LEASE_SECONDS : 0,
        },
      },
      issuer,
    );
  try {
    if (!fleet.online(fleet.device(device))) throw unreachable(device);
    throwIfRefused(await ask(order, tail), device);
    const watching = watch(fleet, device, order, queue, either);
    const renewing = follow ? renew(() => ask(crypto.randomUUID(), 0), queue, either) : undefined;
    yield* queue;
    ending.abort();
    await Promise.all([watching, renewing]);
  } finally {
    ending.abort();
    end();
  }
}

/** Ends the listening when the device refuses after all, or goes. */
async function watch(
  fleet: Fleet,
  device: string,
  order: string,
  queue: LiveQueue<LogLine>,
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

async function renew(ask: () => Promise<Receipt>, queue: LiveQueue<LogLine>, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(RENEWAL, signal);
    if (signal.aborted) return;
    try {
      await ask();
    } catch (error) {
      queue.fail(error);
      return;
    }
  }
}

function throwIfRefused(receipt: Receipt, device: string): void {
  if (receipt.status === "sent") throw unreachable(device);
  if (!isFinal(receipt.status) || receipt.status === "succeeded") return;
  throw new ReasonError(reasonOfReceipt(receipt));
}

/** That a device cannot be asked now. */
export function unreachable(device: string): ReasonError {
  const reason = { code: "device-unreachable", message: `${device} is not connected to its fleet`, field: "device" };
  return new ReasonError({ ...reason, value: device }, { transient: true });
}
