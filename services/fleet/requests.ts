import type { OrderRequest } from "../model/order.ts";
import type { Answer, Question } from "../model/question.ts";
import { ReasonError } from "../model/reason.ts";
import { isFinal, type Receipt } from "../model/receipt.ts";
import { listenWhileAsked, requireOnline, throwIfRefused } from "./asking.ts";
import type { Fleet } from "./fleet.ts";

/** How long a device has to answer, in milliseconds. */
const ANSWER_WITHIN = 120_000;
/** How long an act may take before whoever asked is told to look later, in milliseconds. */
const END_WITHIN = 240_000;

interface Asking {
  readonly device: string;
  readonly issuer: string;
  readonly signal: AbortSignal;
}

/**
 * Asks a device something by a signed order of kind `query`. Throws `device-unreachable` (transient) when it is not connected or
 * does not answer within two minutes, and the reason it answers with.
 */
export async function askDevice<Of extends Question["of"]>(
  fleet: Fleet,
  question: Extract<Question, { of: Of }>,
  { device, issuer, signal }: Asking,
): Promise<Extract<Answer, { of: Of }>> {
  const order = crypto.randomUUID();
  const answers = listenWhileAsked<Answer>(
    fleet,
    {
      device,
      issuer,
      order,
      action: () => ({ kind: "query", question }),
      hear(saying, queue) {
        if (saying.kind === "answer" && saying.order === order) queue.push(saying.answer);
      },
    },
    AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN)]),
  );
  for await (const answer of answers) {
    if (answer.of === "nothing") throw new ReasonError(answer.reason);
    if (isAbout(answer, question.of)) return answer;
  }
  const message = `${device} did not answer within ${ANSWER_WITHIN / 1000} s`;
  throw new ReasonError({ code: "device-unreachable", message, field: "device", value: device }, { transient: true });
}

/**
 * Has a device do something by a signed order, and waits for its end. Throws `device-unreachable` (transient) and gives no order
 * when it is not connected, `order-under-way` (transient) when the end does not come in time, and the reason with which it was refused or failed.
 */
export async function haveDone(
  fleet: Fleet,
  action: OrderRequest["action"],
  { device, issuer, signal }: Asking,
): Promise<Receipt> {
  requireOnline(fleet, device);
  const { receipts, presence } = fleet.hub.of(device);
  const late = AbortSignal.any([signal, AbortSignal.timeout(END_WITHIN)]);
  const { order } = await fleet.give(device, { action }, issuer);
  for (;;) {
    const ending = new AbortController();
    const either = AbortSignal.any([late, ending.signal]);
    const heard = Promise.race([receipts.next(either), presence.next(either)]);
    try {
      const receipt = fleet.receipt(device, order);
      if (isFinal(receipt.status)) {
        throwIfRefused(receipt, device);
        return receipt;
      }
      if (late.aborted || !fleet.device(device).online) {
        const message = `order ${order} stands and has not ended yet; berth orders shows how it goes on`;
        throw new ReasonError({ code: "order-under-way", message }, { transient: true });
      }
      await heard;
    } finally {
      ending.abort();
    }
  }
}

function isAbout<Of extends Answer["of"]>(answer: Answer, of: Of): answer is Extract<Answer, { of: Of }> {
  return answer.of === of;
}
