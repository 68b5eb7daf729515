import type { ApiClient } from "../api/client.ts";
import { type Reason, ReasonError } from "../model/reason.ts";
import { isFinal, type Progress, type Receipt } from "../model/receipt.ts";
import { Channel } from "./channel.ts";

/** What is heard of an order on its way. */
export type OrderNews =
  | { readonly kind: "receipt"; readonly receipt: Receipt }
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "lost"; readonly reason: Reason };

/** Where news of orders comes from. */
export interface OrderSource {
  /** Receipts after a sequence number, then as they come. */
  receipts(after: number, signal: AbortSignal): AsyncIterable<Receipt>;
  /** Progress as it comes. */
  progress(signal: AbortSignal): AsyncIterable<Progress>;
}

/** A device or a fleet as a source of news. */
export function orderSource(api: ApiClient): OrderSource {
  return {
    async *receipts(after, signal) {
      for await (const { data } of api.follow("followReceipts", { query: { after, follow: true }, signal })) yield data;
    },
    async *progress(signal) {
      for await (const event of api.follow("followState", { signal })) {
        if (event.event === "progress") yield event.data;
      }
    },
  };
}

const PAUSES = [500, 1000, 2000, 5000, 10_000];

/**
 * Follows an order from its first receipt to its final one: its receipts, each once, and its progress between them. A
 * lost connection is reported and tried again for as long as `signal` lets it; receipts missed meanwhile come then.
 */
export async function* followOrder(
  source: OrderSource,
  first: Receipt,
  signal: AbortSignal,
): AsyncGenerator<OrderNews> {
  yield { kind: "receipt", receipt: first };
  if (isFinal(first.status)) return;
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const news = new Channel<OrderNews>();
  const receipts = followReceipts(source, first, both, news).then(
    () => news.close(),
    (error) => news.close({ error }),
  );
  const progress = followProgress(source, first.order, both, news);
  try {
    yield* news;
  } finally {
    ending.abort();
    await Promise.all([receipts, progress]);
  }
}

async function followReceipts(
  source: OrderSource,
  first: Receipt,
  signal: AbortSignal,
  news: Channel<OrderNews>,
): Promise<void> {
  let after = first.sequence;
  for (let tries = 0; !signal.aborted; tries++) {
    let reason: Reason = { code: "unreachable", message: "the connection ended" };
    try {
      for await (const receipt of source.receipts(after, signal)) {
        tries = 0;
        after = Math.max(after, receipt.sequence);
        // What is not verified claims the id of an order and says nothing of it.
        if (receipt.order !== first.order || !receipt.verified) continue;
        news.push({ kind: "receipt", receipt });
        if (isFinal(receipt.status)) return;
      }
    } catch (error) {
      if (!mayPass(error)) throw error;
      reason = error.reason;
    }
    if (signal.aborted) return;
    news.push({ kind: "lost", reason });
    await pause(tries, signal);
  }
}

/** Progress is worth a look, no more: without it the order is followed all the same. */
async function followProgress(
  source: OrderSource,
  order: string,
  signal: AbortSignal,
  news: Channel<OrderNews>,
): Promise<void> {
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      for await (const progress of source.progress(signal)) {
        tries = 0;
        if (progress.order === order) news.push({ kind: "progress", progress });
      }
    } catch {
      // The receipts' stream tells what is wrong.
    }
    await pause(tries, signal);
  }
}

const PASSING = new Set(["unreachable", "supervisor-unreachable", "device-unreachable"]);

function mayPass(error: unknown): error is ReasonError {
  return error instanceof ReasonError && (error.transient || PASSING.has(error.reason.code));
}

function pause(tries: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, PAUSES[Math.min(tries, PAUSES.length - 1)]);
    signal.addEventListener("abort", done);
  });
}
