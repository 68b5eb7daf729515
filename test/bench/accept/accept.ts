import { join } from "node:path";
import { BrokerConnection } from "../../../services/agent/broker-connection.ts";
import { topicOf } from "../../../services/agent/topics.ts";
import { readFleet } from "../../../services/fleet/directory.ts";
import type { Order } from "../../../services/model/order.ts";
import { isFinal, Receipt, SignedReceipt } from "../../../services/model/receipt.ts";
import { readUnverifiedPayload, signJws } from "../../../services/model/signature.ts";
import { Workload } from "../../../services/model/workload.ts";
import { rigFolder } from "../../rig/rig-folder.ts";
import { delay, waitFor, within } from "../../rig/wait.ts";
import type { BenchOptions } from "../options.ts";
import { type Result, type Round, resultOf } from "../result.ts";
import { SyncedFile } from "./disk.ts";
import { Link } from "./link.ts";

const DEVICE = "bench";
const IMAGE = "registry.example/bench:1";
const ROUNDS = 100;
/** Compiled code and warm caches first, as on a device that has been up for a while. */
const WARM_UP = 20;
/** Between rounds, so that none runs into the end of the one before. */
const PAUSE = 50;

const METHOD =
  "Milliseconds from just before the PUBLISH of a signed apply order (QoS 1, TLS, TCP_NODELAY on both ends, signed beforehand) " +
  "to its signed receipt `accepted` arriving at the same client, through mosquitto on loopback, an agent and a supervisor " +
  "with its journal, each a process of its own, no container engine below. Beside it, in the same round and alternately " +
  "before and after it, a 4 KiB write in place and fdatasync on the same file system.";

/** Order published to receipt accepted, on loopback, beside one fdatasync of the same disk. */
export async function benchAccept({ rounds: wanted, progress }: BenchOptions): Promise<Result[]> {
  const rounds = wanted ?? ROUNDS;
  const folder = rigFolder("bench-accept");
  const link = await Link.start(folder, DEVICE, IMAGE);
  const operator = await Operator.connect(link);
  const file = new SyncedFile(join(folder, "state/sync"));
  try {
    const measured: Round[] = [];
    await progress.step(`accept: ${rounds} rounds`, async (report) => {
      for (let round = -WARM_UP; round < rounds; round++) {
        report.update(`${Math.max(round, 0)}`, Math.max(round, 0) / rounds);
        const before = round % 2 === 0 ? file.sync() : undefined;
        const berth = await operator.order();
        const fdatasync = before ?? file.sync();
        if (round >= 0) measured.push({ berth, baselines: { fdatasync } });
      }
    });
    return [resultOf({ metric: "order published to receipt accepted", unit: "ms", method: METHOD }, measured)];
  } finally {
    file.close();
    await operator.end();
    await link.stop();
  }
}

/** Publishes orders as a fleet does and hears their receipts. */
class Operator {
  readonly #connection: BrokerConnection;
  readonly #directory: string;
  readonly #heard = new Map<string, { status: Receipt["status"]; at: number }[]>();
  readonly #waiting = new Map<string, (at: number) => void>();
  #sequence = 0;

  private constructor(
    broker: { url: string; directory: string },
    fleet: { ca: string; certificate: string; key: string },
  ) {
    this.#directory = broker.directory;
    this.#connection = new BrokerConnection(
      {
        broker: broker.url,
        ...fleet,
        clientId: "bench",
        sessionExpirySeconds: 0,
        receiveMaximum: 16,
        subscriptions: [topicOf(DEVICE, "receipts")],
      },
      async ({ payload }) => this.#hear(payload, performance.now()),
    );
  }

  static async connect(link: Link): Promise<Operator> {
    const { authority, client } = await readFleet(link.broker.directory);
    const operator = new Operator(link.broker, {
      ca: authority.certificate,
      certificate: client.certificate,
      key: client.privateKey,
    });
    await operator.#connection.open();
    return operator;
  }

  /** Gives one order and waits for its end; gives the milliseconds until it was accepted. */
  async order(): Promise<number> {
    const id = `order-bench-${++this.#sequence}`;
    const payload = await this.#sign(id);
    const accepted = new Promise<number>((resolve) => this.#waiting.set(id, resolve));
    const before = performance.now();
    const published = this.#connection.publish({ topic: topicOf(DEVICE, "orders"), payload, qos: 1 });
    const at = await within("The receipt", 30_000, accepted);
    await published;
    await waitFor("The order's end", 30_000, () => this.#heard.get(id)?.some(({ status }) => isFinal(status)), 5);
    this.#heard.delete(id);
    await delay(PAUSE);
    return at - before;
  }

  end(): Promise<void> {
    return this.#connection.close(2_000);
  }

  async #sign(id: string): Promise<string> {
    const { signing } = await readFleet(this.#directory);
    const order: Order = {
      id,
      device: DEVICE,
      sequence: this.#sequence,
      issuer: "bench",
      issuedAt: new Date().toISOString(),
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      action: { kind: "apply", manifest: Workload.parse({ name: "web", image: IMAGE, env: { ROUND: id } }) },
    };
    return JSON.stringify(await signJws(order, { ...signing, type: "berth-order" }));
  }

  #hear(payload: Uint8Array, at: number): void {
    const signed: unknown = JSON.parse(new TextDecoder().decode(payload));
    const receipt = Receipt.parse(readUnverifiedPayload(SignedReceipt.parse(signed)));
    this.#heard.set(receipt.order, [...(this.#heard.get(receipt.order) ?? []), { status: receipt.status, at }]);
    if (receipt.status !== "accepted") return;
    this.#waiting.get(receipt.order)?.(at);
    this.#waiting.delete(receipt.order);
  }
}
