import { readEvents } from "../../api/sse.ts";
import type { CallName, EventOf, FollowName, ResponseOf } from "../../api/types.ts";
import type { Action } from "../../model/action.ts";
import type { contract, OperationName } from "../../model/contract.ts";
import type { Problem } from "../../model/problem.ts";
import type { Reason } from "../../model/reason.ts";
import type { WorkloadInput } from "../../model/workload.ts";

type Contract = typeof contract;
type PathOf<Name extends OperationName> = Contract[Name]["path"];
type Outgoing = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly signal?: AbortSignal;
};

/** Why the device refused, or could not be reached (status 0). */
export class ApiError extends Error {
  readonly reason: Reason;
  readonly status: number;

  constructor(reason: Reason, status: number) {
    super(reason.message);
    this.reason = reason;
    this.status = status;
  }
}

/**
 * The contract from a browser. Its table is only a type here, which keeps the validator out of the page: paths are
 * written out and the compiler holds them to the contract. What comes back was validated by the service the page is from.
 */
export class Api {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  async get<Name extends CallName>(
    _name: Name,
    path: PathOf<Name>,
    outgoing: Outgoing = {},
  ): Promise<ResponseOf<Name>> {
    const response = await this.#send(address(path, outgoing), { signal: outgoing.signal ?? null });
    return response.json();
  }

  async *follow<Name extends FollowName>(
    _name: Name,
    path: PathOf<Name>,
    outgoing: Outgoing = {},
  ): AsyncGenerator<EventOf<Name>> {
    const response = await this.#send(address(path, outgoing), { signal: outgoing.signal ?? null });
    if (response.body === null) return;
    for await (const { event, data } of readEvents(response.body)) {
      if (event === "problem") throw problemError(JSON.parse(data), response.status);
      const known: EventOf<Name> = JSON.parse(`{"event":${JSON.stringify(event)},"data":${data}}`);
      yield known;
    }
  }

  async order(action: Action | { kind: "apply"; manifest: WorkloadInput }): Promise<ResponseOf<"giveOrder">> {
    const path: PathOf<"giveOrder"> = "/v1/orders";
    return (await this.#post(path, "application/json", JSON.stringify({ id: randomId(), action }))).json();
  }

  /** The manifests in a text, parsed and checked by the device. */
  async manifests(text: string): Promise<WorkloadInput[]> {
    return (await this.#post("/ui/manifests", "text/plain; charset=utf-8", text)).json();
  }

  /** What the service says of itself. */
  async about(): Promise<{ hostname: string; fingerprint: string }> {
    return (await this.#send("/ui/about", {})).json();
  }

  #post(path: string, type: string, body: string): Promise<Response> {
    return this.#send(path, { method: "POST", headers: { "content-type": type }, body });
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${this.#token}`);
    let response: Response;
    try {
      response = await fetch(path, { ...init, headers, cache: "no-store" });
    } catch {
      throw new ApiError({ code: "unreachable", message: "The device cannot be reached at present." }, 0);
    }
    if (!response.ok) throw problemError(await response.json().catch(() => undefined), response.status);
    return response;
  }
}

function problemError(problem: Problem | undefined, status: number): ApiError {
  const unknown = { code: "unexpected-answer", message: `The device answered with status ${status}.` };
  return new ApiError(problem?.reason ?? unknown, status);
}

function address(path: string, { params = {}, query = {} }: Outgoing): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const fields = Object.entries(query).map(([name, value]) => [name, String(value)]);
  return fields.length === 0 ? filled : `${filled}?${new URLSearchParams(fields)}`;
}

function randomId(): string {
  return crypto.randomUUID();
}
