import { isFinal } from "../../services/model/receipt.ts";
import type { ActionInput, Device } from "../e2e/support/device.ts";
import { waitFor } from "../rig/wait.ts";
import type { Asked } from "./expected.ts";
import type { Random } from "./random.ts";
import { ANCHOR, anchor, kindsFor, manifestOf, shapeOf } from "./shapes.ts";

/** An order that was given and answered. */
export interface GivenOrder {
  readonly id: string;
  readonly workload: string;
  readonly asked: Asked;
  /** Whether its process ends by itself. */
  readonly ends: boolean;
}

/** Like any client, it gives an order again under the same id until there is an answer; this long, in milliseconds. */
const ANSWER_WITHIN = 180_000;

/** How many orders of what starts first are let come to their end before the next is given, lest all be superseded; and how long, in milliseconds. */
const PATIENT = 0.7;
const PATIENCE = 40_000;

/** Gives random orders to `count` workloads, one after another, until told to end. */
export async function giveOrders(options: {
  readonly device: Device;
  readonly random: Random;
  readonly count: number;
  /** Between two orders, in milliseconds, at most. */
  readonly pause: number;
  readonly signal: AbortSignal;
}): Promise<GivenOrder[]> {
  const { device, random, count, pause, signal } = options;
  const given: GivenOrder[] = [];
  const give = async (index: number, asked: Asked) => {
    const workload = `chaos-${index}`;
    const action: ActionInput =
      asked.kind === "apply"
        ? { kind: "apply", manifest: manifestOf(workload, index, asked.version) }
        : { kind: asked.kind, workload };
    await send(action, { workload, asked, ends: shapeOf(index) === "job" });
  };
  const send = async (action: ActionInput, about: Omit<GivenOrder, "id">) => {
    const id = crypto.randomUUID();
    await waitFor(`An answer to order ${id}`, ANSWER_WITHIN, () => device.give(action, id));
    given.push({ id, ...about });
  };
  /** Waits for an order's end, for a while. */
  const ended = (id: string) =>
    waitFor(`The end of order ${id}`, PATIENCE, async () => {
      return signal.aborted || isFinal((await device.lan.call("getOrder", { params: { id } })).status);
    }).catch(() => undefined);
  const first = { workload: ANCHOR, asked: { kind: "apply", version: 0 }, ends: false } as const;
  await send({ kind: "apply", manifest: anchor() }, first);
  for (let index = 0; index < count && !signal.aborted; index++) await give(index, { kind: "apply", version: 0 });
  for (let version = 1; !signal.aborted; version++) {
    const index = Math.floor(random.between(0, count));
    const kind = random.of(kindsFor(index));
    await give(index, kind === "apply" ? { kind, version } : { kind });
    if (shapeOf(index) === "start-first" && random.next() < PATIENT) await ended(given.at(-1)?.id ?? "");
    await new Promise((resolve) => setTimeout(resolve, random.between(0, pause)));
  }
  return given;
}
