import { z } from "zod";
import { contract, type Operation, type OperationName } from "../model/contract.ts";
import { parse } from "../model/parse.ts";
import { Problem } from "../model/problem.ts";
import { ReasonError } from "../model/reason.ts";
import { readEvents } from "./sse.ts";
import type { BodyInputOf, CallName, EventOf, FollowName, ParametersOf, ResponseOf } from "./types.ts";

/** Where and how the API is reached. */
export interface Endpoint {
  /** Such as https://192.168.1.5 or http://localhost; never with a path. */
  readonly base: string;
  /** A unix socket to connect to in place of the base's host. */
  readonly unix?: string;
  readonly token?: string;
  /** Replaces the leading /v1 of each path, such as /v1/devices/demo. */
  readonly prefix?: string;
  /** Replaces fetch, for a caller with TLS settings of its own. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** What a request carries. */
export interface Outgoing<Name extends OperationName> {
  readonly params?: ParametersOf<Name>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: BodyInputOf<Name>;
  readonly signal?: AbortSignal;
}

/** A typed client of the contract. */
export interface ApiClient {
  /** Calls an operation that answers once. Throws a `ReasonError` with the server's reason, or `unreachable` (transient). */
  call<Name extends CallName>(name: Name, outgoing?: Outgoing<Name>): Promise<ResponseOf<Name>>;
  /** Follows a stream until it ends, `signal` aborts or the caller stops. Throws as {@link call} does. */
  follow<Name extends FollowName>(name: Name, outgoing?: Outgoing<Name>): AsyncGenerator<EventOf<Name>>;
}

/** Makes a client; nothing is sent before the first call. */
export function connect(endpoint: Endpoint): ApiClient {
  return {
    async call(name, outgoing = {}) {
      const operation: Operation = contract[name];
      const response = await send(endpoint, operation, outgoing);
      if (operation.response === "octets") return streamed<ResponseOf<typeof name>>(response);
      return parseAnswer(name, operation, await response.json());
    },
    async *follow(name, outgoing = {}) {
      const operation: Operation = contract[name];
      const response = await send(endpoint, operation, outgoing);
      if (response.body === null) return;
      try {
        for await (const { event, data, id } of readEvents(response.body)) {
          if (event === "problem") throw new ReasonError(problemReason(JSON.parse(data), response.status));
          if (!isKnownEvent(name, event)) continue;
          yield parseEvent(name, event, JSON.parse(data), id);
        }
      } catch (error) {
        if (outgoing.signal?.aborted) return;
        if (error instanceof ReasonError) throw error;
        throw unreachable(endpoint, error);
      }
    },
  };
}

type AnyOutgoing = {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
};

async function send(endpoint: Endpoint, operation: Operation, outgoing: AnyOutgoing): Promise<Response> {
  const url = endpoint.base + pathOf(endpoint, operation, outgoing);
  const headers = new Headers({ accept: accepted(operation) });
  if (endpoint.token !== undefined) headers.set("authorization", `Bearer ${endpoint.token}`);
  const init: RequestInit & { unix?: string } = { method: operation.method.toUpperCase(), headers };
  if (outgoing.signal !== undefined) init.signal = outgoing.signal;
  if (endpoint.unix !== undefined) init.unix = endpoint.unix;
  if (operation.body === "octets") {
    headers.set("content-type", "application/octet-stream");
    if (outgoing.body instanceof ReadableStream) init.body = outgoing.body;
  } else if (operation.body !== undefined) {
    headers.set("content-type", "application/json");
    init.body = JSON.stringify(outgoing.body);
  }
  let response: Response;
  try {
    response = await (endpoint.fetch ?? fetch)(url, init);
  } catch (error) {
    if (error instanceof ReasonError) throw error;
    throw unreachable(endpoint, error);
  }
  if (!response.ok) throw new ReasonError(problemReason(await readJson(response), response.status));
  return response;
}

function pathOf(endpoint: Endpoint, operation: Operation, outgoing: AnyOutgoing): string {
  const filled = operation.path.replaceAll(/\{(\w+)\}/g, (_, key: string) =>
    encodeURIComponent(String(outgoing.params?.[key] ?? "")),
  );
  const path = endpoint.prefix === undefined ? filled : filled.replace(/^\/v1/, endpoint.prefix);
  const query = Object.entries(outgoing.query ?? {}).map(([key, value]) => [key, String(value)]);
  return query.length === 0 ? path : `${path}?${new URLSearchParams(query)}`;
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

function problemReason(body: unknown, status: number) {
  const problem = parse(Problem, body);
  if (problem.ok) return problem.value.reason;
  return { code: "unexpected-answer", message: `the server answered with status ${status} and no problem details` };
}

function unreachable(endpoint: Endpoint, cause: unknown): ReasonError {
  const where = endpoint.unix ?? endpoint.base;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ReasonError(
    { code: "unreachable", message: `${where} cannot be reached: ${why}` },
    { cause, transient: true },
  );
}

function accepted(operation: Operation): string {
  if (operation.events !== undefined) return "text/event-stream";
  return operation.response === "octets" ? "application/octet-stream, application/json" : "application/json";
}

function streamed<T>(response: Response): T {
  const body = response.body ?? new Blob([]).stream();
  if (isParsed<T>(body)) return body;
  throw new TypeError("a body is a stream");
}

function parseAnswer<Name extends CallName>(_name: Name, operation: Operation, body: unknown): ResponseOf<Name> {
  const { response } = operation;
  return parseTyped<ResponseOf<Name>>(response === undefined || response === "octets" ? z.never() : response, body);
}

function isKnownEvent(name: FollowName, event: string): boolean {
  const operation: Operation = contract[name];
  return operation.events !== undefined && event in operation.events;
}

function parseEvent<Name extends FollowName>(
  name: Name,
  event: string,
  data: unknown,
  id: string | undefined,
): EventOf<Name> {
  const operation: Operation = contract[name];
  const schema = z.object({
    event: z.literal(event),
    data: operation.events?.[event] ?? z.never(),
    id: z.string().optional(),
  });
  return parseTyped<EventOf<Name>>(schema, { event, data, id });
}

/**
 * Parses with a schema looked up by name. The table and the type come from the same contract, which TypeScript cannot
 * follow through the look-up: this guard is the one place that says so.
 */
function parseTyped<T>(schema: z.ZodType, body: unknown): T {
  const parsed = parse(schema, body);
  if (parsed.ok && isParsed<T>(parsed.value)) return parsed.value;
  const why = parsed.ok ? "" : `: ${parsed.reason.message}`;
  throw new ReasonError({ code: "unexpected-answer", message: `the answer is not what the API promises${why}` });
}

function isParsed<T>(_value: unknown): _value is T {
  return true;
}
