import type { WorkloadInput } from "../../services/model/workload.ts";
import type { ActionInput, Device } from "../e2e/support/device.ts";
import { idler } from "../e2e/support/manifests.ts";
import { waitFor } from "../rig/wait.ts";
import type { Asked } from "./expected.ts";
import type { Random } from "./random.ts";

/** An order that was given and answered. */
export interface GivenOrder {
  readonly id: string;
  readonly workload: string;
  readonly asked: Asked;
}

/** Like any client, it gives an order again under the same id until there is an answer; this long, in milliseconds. */
const ANSWER_WITHIN = 180_000;

/** Workloads of different shapes: each third has a volume, an ephemeral root or a published port. */
function manifestOf(workload: string, index: number, version: number): WorkloadInput {
  const shapes: readonly Partial<WorkloadInput>[] = [
    { volumes: [{ name: workload, path: "/kept" }] },
    { root: "ephemeral" },
    { ports: [{ host: 20_000 + index, container: 80 }] },
  ];
  return idler(workload, { env: { VERSION: `${version}` }, ...shapes[index % shapes.length] });
}

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
    const id = crypto.randomUUID();
    await waitFor(`An answer to order ${id}`, ANSWER_WITHIN, () => device.give(action, id));
    given.push({ id, workload, asked });
  };
  for (let index = 0; index < count && !signal.aborted; index++) await give(index, { kind: "apply", version: 0 });
  for (let version = 1; !signal.aborted; version++) {
    const kind = random.of(["apply", "apply", "apply", "stop", "start", "restart", "remove"]);
    await give(Math.floor(random.between(0, count)), kind === "apply" ? { kind, version } : { kind });
    await new Promise((resolve) => setTimeout(resolve, random.between(0, pause)));
  }
  return given;
}
