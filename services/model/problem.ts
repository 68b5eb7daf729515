import { z } from "zod";
import { Reason } from "./reason.ts";

/** An error answer: RFC 9457 problem details, whose extension `reason` is the same as in receipts. */
export const Problem = z
  .strictObject({
    type: z.string().describe("urn:berth:problem:<code>"),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    reason: Reason,
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof Problem>;

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  unauthorized: 401,
  "signature-missing": 403,
  "signature-invalid": 403,
  "signed-order-required": 403,
  "policy-forbids": 403,
  "not-found": 404,
  "workload-not-found": 404,
  "order-not-found": 404,
  "device-not-found": 404,
  "image-unknown": 404,
  "image-in-use": 409,
  "volume-not-found": 404,
  "order-id-used": 409,
  "order-not-cancellable": 409,
  "port-conflict": 409,
  "volume-in-use": 409,
  "length-required": 411,
  "too-large": 413,
  "too-many-attempts": 429,
  "too-many-requests": 429,
  "internal-error": 500,
  "unexpected-answer": 502,
  "database-busy": 503,
  "database-corrupt": 503,
  "database-too-new": 503,
  "database-unusable": 503,
  "supervisor-unreachable": 503,
  "device-unreachable": 503,
  "broker-unreachable": 503,
  "systemd-unreachable": 503,
  "order-under-way": 504,
  "disk-full": 507,
};

/** The problem that carries `reason`, with the HTTP status its code stands for (400 unless listed). */
export function problemOf(reason: Reason): Problem {
  return {
    type: `urn:berth:problem:${reason.code}`,
    title: reason.code.replaceAll("-", " "),
    status: STATUS_OF_CODE[reason.code] ?? 400,
    detail: reason.message,
    reason,
  };
}
