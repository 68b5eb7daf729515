import { now, pause } from "./stamp.ts";

const SOCKET = "/run/berth/supervisor.sock";
const LIMIT = 300_000;

/** Asks the supervisor on its own socket. */
async function request(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`http://supervisor${path}`, {
    method,
    unix: SOCKET,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** Gives an order and gives its first receipt. */
export function give(action: object): Promise<Record<string, unknown>> {
  return request("POST", "/v1/orders", { action });
}

/** Waits until an order has succeeded; any other end throws. */
export async function ended(order: unknown): Promise<void> {
  const deadline = now() + LIMIT;
  while (now() < deadline) {
    const { status, reason } = await request("GET", `/v1/orders/${order}`);
    if (status === "succeeded") return;
    if (status !== "accepted" && status !== "running") throw new Error(`${status}: ${JSON.stringify(reason)}`);
    await pause(50);
  }
  throw new Error("the order did not end");
}

/** Gives an order and waits until it has succeeded. */
export async function carryOut(action: object): Promise<void> {
  await ended((await give(action)).order);
}
