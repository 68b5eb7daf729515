import { backoffMilliseconds } from "../async/backoff.ts";
import { sleep } from "../async/sleep.ts";

import type { Delivery, OutgoingMessage } from "./broker-connection.ts";
import { MESSAGES } from "./messages.ts";
import type { MessageKind, Outbox } from "./outbox.ts";

/** Messages on their way at a time: an answer from a far broker takes a while. */
const WINDOW = 16;
/** When nobody heard a message, which is soon after a broker's restart: its readers have yet to come back. */
const UNHEARD = { first: 500, most: 15_000 };

/**
 * Publishes what waits in the outbox, oldest first, for as long as the connection stands. A message counts as sent when
 * the broker took it and had somebody to hand it to; a later one never counts before an earlier one of its kind.
 */
export async function drain(
  outbox: Outbox,
  kind: MessageKind,
  options: {
    topic: string;
    publish(message: OutgoingMessage): Promise<Delivery>;
    random(): number;
    /** Aborts when the connection is gone. */
    signal: AbortSignal;
  },
): Promise<void> {
  const { topic, publish, random, signal } = options;
  let unheard = 0;
  while (!signal.aborted) {
    const messages = outbox.waiting(kind, unheard > 0 ? 1 : WINDOW);
    if (messages.length === 0) {
      await outbox.added.next(signal);
      continue;
    }
    const results = await Promise.allSettled(
      messages.map(({ payload }) => publish({ topic, payload, ...MESSAGES[kind] })),
    );
    const failed = results.findIndex((result) => result.status === "rejected" || result.value !== "delivered");
    outbox.markSent(kind, failed < 0 ? messages : messages.slice(0, failed));
    const failure = results[failed];
    if (failure === undefined) {
      unheard = 0;
      continue;
    }
    unheard++;
    await sleep(backoffMilliseconds(unheard, UNHEARD, random), signal);
  }
}
