import type { Context, Hono } from "hono";
import { z } from "zod";
import { contract, type Operation, type OperationName } from "../model/contract.ts";
import { parse } from "../model/parse.ts";
import { problemOf } from "../model/problem.ts";
import { type Reason, ReasonError, reasonOf } from "../model/reason.ts";
import { formatEvent, HEART_BEAT } from "./sse.ts";
import type { BodyOf, CallName, EventOf, FollowName, ParametersOf, QueryOf, ResponseOf } from "./types.ts";

/** What a handler is given: everything parsed by the contract's schemas. */
export interface Incoming<Name extends OperationName> {
  readonly params: ParametersOf<Name>;
  readonly query: QueryOf<Name>;
  readonly body: BodyOf<Name>;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  /** The device named in the path, where the API is served for many. */
  readonly device: string | undefined;
}

/** One handler an operation: answers once, or yields events. Failures are thrown as `ReasonError`. */
export type Handlers = {
  [Name in CallName]: (incoming: Incoming<Name>) => Promise<ResponseOf<Name>> | ResponseOf<Name>;
} & {
  [Name in FollowName]: (incoming: Incoming<Name>) => AsyncIterable<EventOf<Name>>;
};

const HEART_BEAT_MILLISECONDS = 5_000;
const MOST_BODY_BYTES = 1_048_576;

/**
 * Serves the contract on `app`, below `prefix` (which may hold a `:device` parameter). Streams that have nothing to say
 * give a sign of life every `heartBeat` milliseconds, 5000 unless given.
 */
export function bindContract(
  app: Hono,
  handlers: Handlers,
  options: { prefix?: string; heartBeat?: number } = {},
): void {
  for (const name of operationNames()) {
    const operation: Operation = contract[name];
    const path = (options.prefix === undefined ? "" : options.prefix) + servedPath(operation.path, options.prefix);
    app.on(operation.method.toUpperCase(), path, async (context) => {
      try {
        return await answer(context, operation, handlers[name], options.heartBeat ?? HEART_BEAT_MILLISECONDS);
      } catch (error) {
        return problemResponse(reasonOf(error));
      }
    });
  }
}

/** An RFC 9457 answer that carries `reason`. */
export function problemResponse(reason: Reason): Response {
  const problem = problemOf(reason);
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { "content-type": "application/problem+json" },
  });
}

function operationNames(): OperationName[] {
  return Object.keys(contract).filter((name): name is OperationName => name in contract);
}

function servedPath(path: string, prefix: string | undefined): string {
  const local = path.replaceAll(/\{(\w+)\}/g, ":$1");
  return prefix === undefined ? local : local.replace(/^\/v1/, "");
}

type AnyHandler = (incoming: never) => unknown;

async function answer(context: Context, operation: Operation, handler: AnyHandler, beat: number): Promise<Response> {
  const incoming = {
    params: parseFields(operation.parameters, context.req.param()),
    query: parseFields(operation.query, context.req.query()),
    body: await readBody(context, operation),
    signal: context.req.raw.signal,
    device: context.req.param("device"),
  };
  const result: unknown = Reflect.apply(handler, undefined, [incoming]);
  if (operation.events !== undefined && isAsyncIterable(result)) return streamResponse(result, incoming.signal, beat);
  const value = await result;
  if (operation.response !== "octets") return Response.json(value, { status: operation.status });
  if (!(value instanceof ReadableStream)) throw new TypeError("the answer is no stream");
  return new Response(value, { status: operation.status, headers: { "content-type": "application/octet-stream" } });
}

function parseFields(fields: Readonly<Record<string, z.ZodType>> | undefined, values: Record<string, string>): unknown {
  if (fields === undefined) return {};
  const parsed = parse(z.object(fields), values);
  if (!parsed.ok) throw new ReasonError(parsed.reason);
  return parsed.value;
}

async function readBody(context: Context, operation: Operation): Promise<unknown> {
  if (operation.body === undefined) return undefined;
  if (operation.body === "octets") return context.req.raw.body ?? new Blob([]).stream();
  const text = await context.req.text();
  if (text.length > MOST_BODY_BYTES) {
    throw new ReasonError({ code: "too-large", message: "the body is too large", allowed: `${MOST_BODY_BYTES} bytes` });
  }
  const parsed = parse(operation.body, parseJson(text));
  if (!parsed.ok) throw new ReasonError(parsed.reason);
  return parsed.value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ReasonError({ code: "invalid-json", message: "the body is not JSON", allowed: "JSON" }, { cause: error });
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<{ event: string; data: unknown; id?: string }> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function streamResponse(
  events: AsyncIterable<{ event: string; data: unknown; id?: string }>,
  signal: AbortSignal,
  beat: number,
): Response {
  const encoder = new TextEncoder();
  const iterator = events[Symbol.asyncIterator]();
  let heartBeat: ReturnType<typeof setInterval> | undefined;
  const end = () => {
    clearInterval(heartBeat);
    void iterator.return?.();
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      // Sent at once, so that the client learns that it is connected before the first event.
      controller.enqueue(encoder.encode(HEART_BEAT));
      heartBeat = setInterval(() => controller.enqueue(encoder.encode(HEART_BEAT)), beat);
      signal.addEventListener("abort", end, { once: true });
    },
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (done) {
          clearInterval(heartBeat);
          controller.close();
          return;
        }
        const { event, data, id } = value;
        const text = formatEvent({ event, data: JSON.stringify(data), ...(id === undefined ? {} : { id }) });
        controller.enqueue(encoder.encode(text));
      } catch (error) {
        clearInterval(heartBeat);
        const problem = JSON.stringify(problemOf(reasonOf(error)));
        controller.enqueue(encoder.encode(formatEvent({ event: "problem", data: problem })));
        controller.close();
      }
    },
    cancel: end,
  });
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}
