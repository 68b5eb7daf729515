import { z } from "zod";
import type { Endpoint } from "../api/client.ts";
import { Presence } from "../model/device.ts";
import { parse } from "../model/parse.ts";
import { Problem } from "../model/problem.ts";
import { ReasonError } from "../model/reason.ts";

/** The fleet's answer to GET /v1/devices: each device's presence, and whatever else the fleet adds. */
const Devices = z.array(z.looseObject(Presence.shape));

/** The devices a fleet knows, as it last heard of each. Throws a `ReasonError`. */
export async function fetchDevices(
  { base, token, fetch }: Required<Pick<Endpoint, "base" | "token" | "fetch">>,
  signal: AbortSignal,
): Promise<z.infer<typeof Devices>> {
  let answer: Response;
  try {
    answer = await fetch(`${base}/v1/devices`, { headers: { authorization: `Bearer ${token}` }, signal });
  } catch (cause) {
    if (cause instanceof ReasonError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    const reason = { code: "unreachable", message: `${base} cannot be reached: ${why}` };
    throw new ReasonError(reason, { cause, transient: true });
  }
  const body: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok) {
    const problem = parse(Problem, body);
    if (problem.ok) throw new ReasonError(problem.value.reason);
  }
  const devices = parse(Devices, body);
  if (answer.ok && devices.ok) return devices.value;
  throw new ReasonError({ code: "unexpected-answer", message: `the fleet answered with status ${answer.status} only` });
}
