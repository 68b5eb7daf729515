import { problemResponse } from "../api/server.ts";

/** Most bytes of a JSON body or a manifest's text. */
const MOST_BODY_BYTES = 1_048_576;

/**
 * Refuses a body that is too large before any of it is read, and one that does not say how large it is. Gives undefined
 * for the others.
 */
export function refuseSize(request: Request): Response | undefined {
  if (request.body === null) return undefined;
  const length = request.headers.get("content-length");
  if (length === null) {
    const message = "the request does not say how long its body is";
    return problemResponse({ code: "length-required", message, field: "content-length", allowed: "a number of bytes" });
  }
  if (Number(length) <= MOST_BODY_BYTES) return undefined;
  const message = "the body is too large";
  return problemResponse({ code: "too-large", message, value: Number(length), allowed: `${MOST_BODY_BYTES} bytes` });
}
