import { rootCertificates } from "node:tls";
import { ReasonError } from "../model/reason.ts";
import { untilAborted } from "./abort.ts";
import type { Transport, TransportRequest } from "./transport.ts";

/** {@link Transport} by fetch. The only file that knows of Bun's own options, `tls` and `decompress`. */
export const fetchTransport: Transport = async (request) => {
  const stall = new StallTimer(request.stallMilliseconds);
  const signal = AbortSignal.any([request.signal, stall.signal]);
  const init: BunFetchRequestInit = {
    headers: { ...request.headers, "accept-encoding": "identity" },
    redirect: "manual",
    signal,
    // Digests are of the bytes as stored: a proxy's Content-Encoding must not be undone unasked.
    decompress: false,
    ...(request.ca === undefined ? {} : { tls: { ca: [...rootCertificates, request.ca] } }),
  };
  let response: Response;
  stall.start();
  try {
    response = await untilAborted(fetch(request.url, init), signal);
  } catch (cause) {
    throw explain(request, stall, cause);
  } finally {
    stall.stop();
  }
  return {
    url: request.url,
    status: response.status,
    headers: response.headers,
    body: read(request, response, stall, signal),
  };
};

async function* read(
  request: TransportRequest,
  response: Response,
  stall: StallTimer,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  try {
    for (;;) {
      // Only waiting for the network counts as a stall, not the time the consumer takes.
      stall.start();
      const { done, value } = await untilAborted(reader.read(), signal);
      stall.stop();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    throw explain(request, stall, cause);
  } finally {
    stall.stop();
    reader.cancel().catch(() => {});
  }
}

function explain(request: TransportRequest, stall: StallTimer, cause: unknown): unknown {
  if (request.signal.aborted) return request.signal.reason;
  const why = stall.signal.aborted
    ? `it sent nothing for ${request.stallMilliseconds / 1000} s`
    : cause instanceof Error
      ? cause.message
      : String(cause);
  return new ReasonError(
    {
      code: "registry-unreachable",
      message: `${request.url.host} cannot be reached: ${why}`,
      value: request.url.host,
    },
    { cause, transient: true },
  );
}

/** Aborts its signal when it was started and not stopped for too long. */
class StallTimer {
  readonly #controller = new AbortController();
  readonly #milliseconds: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  start(): void {
    this.stop();
    this.#timer = setTimeout(() => this.#controller.abort(new Error("stalled")), this.#milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
