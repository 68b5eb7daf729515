import type { ApiClient } from "../api/client.ts";
import type { Log } from "../host/log.ts";
import type { Answer, Question } from "../model/question.ts";
import { reasonOf } from "../model/reason.ts";
import type { Telemetry } from "../model/telemetry.ts";
import type { Clock } from "../supervisor/ports.ts";
import { SerialQueue } from "./serial-queue.ts";
import { STALE_MILLISECONDS } from "./stale.ts";

/** What a message of an answer holds at most, in bytes: the broker takes less than twice that. */
const MOST_BYTES = 1 << 20;
/** Questions that wait at most; whoever asks more is told. */
const MOST_WAITING = 32;
const CALL_MILLISECONDS = 120_000;

/** Answers orders of kind `query` by asking the supervisor, one after another. */
export class QueryAnswers {
  readonly #options: QueryOptions;
  readonly #queue = new SerialQueue();

  constructor(options: QueryOptions) {
    this.#options = options;
  }

  /** Answers a question that an order asked at a time. */
  take({ order, at, question }: { order: string; at: string; question: Question }): void {
    if (this.#queue.length >= MOST_WAITING) {
      void this.#publish(order, nothing({ code: "too-many-requests", message: "too many questions wait already" }));
      return;
    }
    void this.#queue.add(async () => {
      if (this.#options.clock.now().getTime() - Date.parse(at) > STALE_MILLISECONDS) return;
      await this.#publish(order, bounded(await this.#ask(question)));
    });
  }

  async #ask(question: Question): Promise<Answer> {
    const { supervisor } = this.#options;
    const signal = AbortSignal.any([this.#options.signal, AbortSignal.timeout(CALL_MILLISECONDS)]);
    try {
      switch (question.of) {
        case "volumes": {
          const query = { sizes: question.sizes ?? false };
          return { of: "volumes", volumes: await supervisor.call("listVolumes", { query, signal }) };
        }
        case "volume": {
          const params = { name: question.name };
          return { of: "volume", volume: await supervisor.call("getVolume", { params, signal }) };
        }
        case "images":
          return { of: "images", images: await supervisor.call("listImages", { signal }) };
        case "image": {
          const query = { reference: question.reference };
          return { of: "image", image: await supervisor.call("inspectImage", { query, signal }) };
        }
      }
    } catch (error) {
      return nothing(reasonOf(error));
    }
  }

  async #publish(order: string, answer: Answer): Promise<void> {
    try {
      await this.#options.publish({ kind: "answer", order, answer });
    } catch (error) {
      this.#options.log.warning("an answer was not published", { order, reason: reasonOf(error).message });
    }
  }
}

interface QueryOptions {
  readonly supervisor: Pick<ApiClient, "call">;
  /** Rejects while there is no connection. */
  publish(answer: Telemetry): Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

function bounded(answer: Answer): Answer {
  const bytes = new TextEncoder().encode(JSON.stringify(answer)).length;
  if (bytes <= MOST_BYTES) return answer;
  return nothing({
    code: "answer-too-large",
    message: `the answer has ${bytes} bytes, and ${MOST_BYTES} at most go over the fleet`,
    allowed: "berth --host https://<device>, over the LAN",
  });
}

function nothing(reason: Extract<Answer, { of: "nothing" }>["reason"]): Answer {
  return { of: "nothing", reason };
}
