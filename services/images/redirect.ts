import { ReasonError } from "../model/reason.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

const MOST_REDIRECTS = 5;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/**
 * Sends a request and follows where it is sent on, as registries do to keep blobs elsewhere. The `authorization` header
 * goes to the first origin only, and from https nothing leads back to http.
 */
export async function sendFollowing(transport: Transport, request: TransportRequest): Promise<TransportResponse> {
  const { authorization: _, ...bare } = request.headers;
  let url = request.url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const headers = url.origin === request.url.origin ? request.headers : bare;
    const response = await transport({ ...request, url, headers });
    const location = response.headers.get("location");
    if (!REDIRECTS.includes(response.status) || location === null) return response;
    await discard(response);
    url = target(location, url);
  }
  throw refused(request.url.host, `answers with more than ${MOST_REDIRECTS} redirects`);
}

function target(location: string, from: URL): URL {
  const url = URL.parse(location, from.href);
  if (url === null) throw refused(from.host, "redirects to what is not an address");
  if (url.protocol === "https:" || (url.protocol === "http:" && from.protocol === "http:")) return url;
  throw refused(from.host, `redirects from ${from.protocol}// to ${url.protocol}//`);
}

function refused(host: string, why: string): ReasonError {
  return new ReasonError({ code: "registry-refused", message: `${host} ${why}`, value: host });
}

/** Ends an answer nobody reads. */
export async function discard(response: TransportResponse): Promise<void> {
  const iterator = response.body[Symbol.asyncIterator]();
  // A generator that never started has nothing to clean up: one read lets it hold, and then drop, the connection.
  await iterator.next().catch(() => {});
  await iterator.return?.();
}
