import { z } from "zod";
import { ReasonError } from "../model/reason.ts";
import { readAll } from "./read-all.ts";
import type { TransportResponse } from "./transport.ts";

/** A transient refusal that says itself when to come back (`Retry-After`, RFC 9110 §10.2.3). */
export class RetryLater extends ReasonError {
  readonly afterMilliseconds: number;

  constructor(message: string, value: unknown, afterMilliseconds: number) {
    super({ code: "registry-unreachable", message, value }, { transient: true });
    this.afterMilliseconds = afterMilliseconds;
  }
}

/** Source: distribution-spec, Error Codes. */
const ErrorBody = z.object({ errors: z.array(z.object({ code: z.string(), message: z.string().optional() })).min(1) });

/**
 * What an answer that is no success means: `image-not-found`, `registry-refused`, or a transient
 * `registry-unreachable`. Reads its body. `now` is for a `Retry-After` that is a date.
 */
export async function refusal(
  response: TransportResponse,
  names: { registry: string; subject: string },
  now: Date,
): Promise<ReasonError> {
  const said = await complaint(response);
  const { registry, subject } = names;
  const { status } = response;
  const answer = `${registry} answered ${status}${said} when asked for ${subject}`;
  if (status === 404)
    return new ReasonError({
      code: "image-not-found",
      message: `${registry} has no ${subject}${said}`,
      value: subject,
    });
  if (status === 401 || status === 403)
    return new ReasonError({
      code: "registry-refused",
      message: `${answer}: the image does not exist or needs credentials, and this device asks anonymously`,
      value: subject,
    });
  if (status === 408 || status === 429 || status >= 500)
    return new RetryLater(answer, registry, retryAfter(response.headers.get("retry-after"), now));
  return new ReasonError({ code: "registry-refused", message: answer, value: subject });
}

/** The first error of the body, short and printable, for a message. */
async function complaint(response: TransportResponse): Promise<string> {
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(await readAll(response.body, 64 * 1024)));
    const [first] = ErrorBody.parse(body).errors;
    if (first === undefined) return "";
    const text = first.message === undefined ? first.code : `${first.code}: ${first.message}`;
    return ` (${text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 200)})`;
  } catch {
    return "";
  }
}

/** Milliseconds a `Retry-After` header asks to wait; 0 without one. */
function retryAfter(header: string | null, now: Date): number {
  if (header === null) return 0;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now.getTime());
}
