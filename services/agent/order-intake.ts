import type { ApiClient } from "../api/client.ts";
import { backoffMilliseconds } from "../async/backoff.ts";
import { sleep } from "../async/sleep.ts";
import type { Log } from "../host/log.ts";
import { SignedOrder } from "../model/order.ts";
import { parse } from "../model/parse.ts";
import { type Reason, ReasonError, reasonOf } from "../model/reason.ts";
import { failure, type Result } from "../model/result.ts";
import type { Telemetry } from "../model/telemetry.ts";
import type { Clock } from "../supervisor/ports.ts";
import { ASK_AGAIN } from "./backoff.ts";
import type { IncomingMessage } from "./broker-connection.ts";

/** What hands orders over needs. */
export interface IntakeOptions {
  readonly supervisor: Pick<ApiClient, "call">;
  /** Tells the fleet of a message that will not be an order. */
  report(problem: Telemetry): void;
  readonly clock: Clock;
  random(): number;
  readonly log: Log;
}

/** The supervisor is away or cannot write: the order is fine and waits. */
const HELD_BY = new Set([
  "unreachable",
  "supervisor-unreachable",
  "database-corrupt",
  "database-too-new",
  "database-unusable",
  "database-busy",
  "disk-full",
]);
/** Faults that may pass and may not: tried so often, then reported, so that one message never blocks those behind it. */
const TRIED = new Set(["internal-error", "unexpected-answer"]);
const MOST_TRIES = 8;
const CALL_MILLISECONDS = 30_000;

/**
 * Hands a message from the orders topic to the supervisor. Settles when the broker may forget it: the order is in the
 * journal, accepted or refused, or the message is none and was reported. Until then it tries again and again; it rejects
 * only when `signal` aborts, and the broker will bring the message once more.
 */
export async function takeOrder(message: IncomingMessage, options: IntakeOptions, signal: AbortSignal): Promise<void> {
  const read = readOrder(message.payload);
  if (!read.ok) return reportProblem(read.reason, message, options);
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      const timeout = AbortSignal.any([signal, AbortSignal.timeout(CALL_MILLISECONDS)]);
      await options.supervisor.call("giveSignedOrder", { body: read.value, signal: timeout });
      return;
    } catch (error) {
      signal.throwIfAborted();
      const reason = reasonOf(error);
      const transient = error instanceof ReasonError && error.transient;
      const worthTrying = transient || HELD_BY.has(reason.code) || (TRIED.has(reason.code) && attempt < MOST_TRIES);
      if (!worthTrying) return reportProblem(reason, message, options);
      if (attempt === 1) options.log.warning("an order waits for the supervisor", { reason: reason.message });
      await sleep(backoffMilliseconds(attempt, ASK_AGAIN, options.random), signal);
    }
  }
}

/** Reads a message as a signed order, nothing about it proven yet. */
function readOrder(payload: Uint8Array): Result<SignedOrder> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    return failure({ code: "invalid-json", message: "the message is not JSON", allowed: "a signed order in JSON" });
  }
  return parse(SignedOrder, json);
}

function reportProblem(reason: Reason, message: IncomingMessage, options: IntakeOptions): void {
  options.log.warning("a message on the orders topic is not an order", { code: reason.code, reason: reason.message });
  const order = message.correlation?.slice(0, 64);
  options.report({
    kind: "problem",
    at: options.clock.now().toISOString(),
    reason,
    ...(order === undefined ? {} : { order }),
  });
}
