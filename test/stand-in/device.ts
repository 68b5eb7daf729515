import type { Handlers } from "../../services/api/server.ts";
import type { Action } from "../../services/model/action.ts";
import { workloadOf } from "../../services/model/action.ts";
import type { Device } from "../../services/model/device.ts";
import type { Event, EventKind } from "../../services/model/event.ts";
import type { LogLine } from "../../services/model/log-line.ts";
import { ReasonError } from "../../services/model/reason.ts";
import type { Progress, Receipt } from "../../services/model/receipt.ts";
import type { State, WorkloadStatus } from "../../services/model/state.ts";
import type { Usage } from "../../services/model/stats.ts";
import type { Volume } from "../../services/model/volume.ts";
import { Feed } from "./feed.ts";

/** What a stand-in does when it is given an order; each step is awaited. */
export type Script = (order: StandInOrder) => Promise<void> | void;

/** An order a stand-in was given, in the hands of its script. */
export interface StandInOrder {
  readonly id: string;
  readonly action: Action;
  receipt(status: Receipt["status"], more?: Partial<Receipt>): void;
  progress(progress: Omit<Progress, "order" | "workload">): void;
}

const BEGAN = "2026-01-02T03:04:05Z";

/**
 * A device without a supervisor behind it: it keeps what it is told in memory, answers the contract, and its orders go as
 * the script says. For tests of what stands in front of the supervisor.
 */
export class StandInDevice {
  readonly orders: Action[] = [];
  /** What each named volume holds. */
  readonly volumes = new Map<string, string>();
  /** The workloads that name every volume. */
  volumeUsers: string[] = [];
  readonly imported: { reference: string | undefined; bytes: number }[] = [];
  readonly #receipts = new Feed<Receipt>();
  readonly #events = new Feed<Event>();
  readonly #changes = new Feed<{ event: "state"; data: State } | { event: "progress"; data: Progress }>();
  readonly #logs = new Feed<LogLine>();
  readonly #newest = new Map<string, Receipt>();
  readonly #workloads = new Map<string, WorkloadStatus>();
  readonly #facts: Device;
  #script: Script;

  constructor(script: Script, facts: Partial<Device> = {}) {
    this.#script = script;
    this.#facts = { ...FACTS, ...facts };
    this.#publish();
  }

  /** Replaces how orders go. */
  set script(script: Script) {
    this.#script = script;
  }

  show(workload: Partial<WorkloadStatus> & { name: string }): void {
    this.#workloads.set(workload.name, { ...WORKLOAD, ...this.#workloads.get(workload.name), ...workload });
    this.#publish();
  }

  log(message: string, stream: LogLine["stream"] = "stdout", dropped?: number): void {
    const line = { at: new Date().toISOString(), stream, message };
    this.#logs.add(() => (dropped === undefined ? line : { ...line, dropped }));
  }

  happen(kind: EventKind, message: string, more: Partial<Event> = {}): void {
    this.#events.add((id) => ({ id, at: new Date().toISOString(), kind, message, ...more }));
  }

  handlers(): Handlers {
    return {
      getDevice: () => this.#facts,
      getState: () => this.#state(),
      getWorkload: ({ params }) => this.#workload(params.name),
      giveOrder: ({ body }) => this.#give(body.id ?? crypto.randomUUID(), body.action),
      giveSignedOrder: () => {
        throw new ReasonError({ code: "signature-invalid", message: "a stand-in knows no keys" });
      },
      listOrders: ({ query }) => [...this.#newest.values()].reverse().slice(0, query.limit),
      getOrder: ({ params }) => this.#order(params.id),
      cancelOrder: ({ params }) => this.#receipt(params.id, "cancelled", {}),
      listImages: () => [IMAGE],
      inspectImage: () => ({ ...IMAGE, contents: [], manifest: { schemaVersion: 2 }, configuration: { os: "linux" } }),
      exportImage: ({ query }) => new Blob([`archive of ${query.reference}`]).stream(),
      removeImage: ({ query }) => ({ images: [query.reference], bytes: IMAGE.bytes.own, dryRun: false }),
      pruneImages: ({ query }) => ({ images: [IMAGE.reference], bytes: IMAGE.bytes.own, ...query }),
      importImages: async ({ query, body }) => {
        let bytes = 0;
        for await (const piece of body) bytes += piece.byteLength;
        this.imported.push({ reference: query.reference, bytes });
        const { bytes: _bytes, workloads: _workloads, ...image } = IMAGE;
        return [image];
      },
      listVolumes: () => [...this.volumes.keys()].map((name) => this.#volume(name)),
      getVolume: ({ params }) => this.#volume(params.name),
      backupVolume: ({ params }) => {
        this.#volume(params.name);
        return new Blob([this.volumes.get(params.name) ?? ""]).stream();
      },
      restoreVolume: async ({ params, body }) => {
        this.volumes.set(params.name, await new Response(body).text());
        return this.#volume(params.name);
      },
      removeVolume: ({ params }) => {
        const volume = this.#volume(params.name);
        this.volumes.delete(params.name);
        return volume;
      },
      followState: ({ signal }) => this.#changes.after(0, { follow: true, signal }),
      followLogs: ({ params, query, signal }) => this.#followLogs(params.name, { ...query, signal }),
      followStats: ({ query, signal }) => this.#followStats({ ...query, signal }),
      followReceipts: ({ query, signal }) =>
        named("receipt", this.#receipts.after(query.after, { ...query, signal }), ({ sequence }) => sequence),
      followSignedReceipts: async function* () {},
      followEvents: ({ query, signal }) =>
        named("event", this.#events.after(query.after, { ...query, signal }), ({ id }) => id),
    };
  }

  async *#followLogs(name: string, options: { follow: boolean; signal: AbortSignal }) {
    this.#workload(name);
    yield* named("line", this.#logs.after(0, options), () => undefined);
  }

  async *#followStats({ follow, signal }: { follow: boolean; signal: AbortSignal }) {
    const { device, workloads } = this.#state();
    const rows = workloads.map(({ name, phase, restarts }) => ({
      name,
      phase,
      restarts,
      ...(phase === "running" ? { usage: USAGE } : {}),
    }));
    do {
      yield { event: "stats", data: { device, at: BEGAN, workloads: rows } } as const;
      await new Promise((resolve) => setTimeout(resolve, 20));
    } while (follow && !signal.aborted);
  }

  #give(id: string, action: Action): Receipt {
    this.orders.push(action);
    const workload = workloadOf(action) ?? "";
    const receipt = this.#receipt(id, "accepted", { action: { kind: action.kind, workload } });
    queueMicrotask(async () => {
      await this.#script({
        id,
        action,
        receipt: (status, more = {}) => void this.#receipt(id, status, more),
        progress: (progress) =>
          void this.#changes.add(() => ({ event: "progress", data: { order: id, workload, ...progress } })),
      });
    });
    return receipt;
  }

  #receipt(order: string, status: Receipt["status"], more: Partial<Receipt>): Receipt {
    const { action } = this.#newest.get(order) ?? {};
    const receipt = this.#receipts.add((sequence) => ({
      sequence,
      order,
      device: this.#facts.name,
      status,
      at: new Date().toISOString(),
      origin: "lan",
      issuer: "LAN token",
      verified: true,
      ...(action === undefined ? {} : { action }),
      ...more,
    }));
    this.#newest.set(order, receipt);
    if (status !== "sent") {
      const { reason } = more;
      const workload = receipt.action?.workload;
      this.happen(`order-${status}`, `${receipt.action?.kind} ${workload}: ${status}`, {
        order,
        issuer: receipt.issuer,
        ...(workload === undefined ? {} : { workload }),
        ...(reason === undefined ? {} : { reason }),
      });
    }
    return receipt;
  }

  #order(id: string): Receipt {
    const receipt = this.#newest.get(id);
    if (receipt !== undefined) return receipt;
    throw new ReasonError({ code: "order-not-found", message: `there is no order ${id}`, field: "id", value: id });
  }

  #workload(name: string): WorkloadStatus {
    const workload = this.#workloads.get(name);
    if (workload !== undefined) return workload;
    const allowed = [...this.#workloads.keys()].join(", ");
    throw new ReasonError({
      code: "workload-not-found",
      message: `there is no workload ${name}`,
      field: "name",
      value: name,
      allowed,
    });
  }

  #volume(name: string): Volume {
    const content = this.volumes.get(name);
    if (content === undefined) {
      throw new ReasonError({
        code: "volume-not-found",
        message: `there is no volume ${name}`,
        field: "name",
        value: name,
      });
    }
    return { name, size: content.length, workloads: this.volumeUsers, createdAt: BEGAN };
  }

  #state(): State {
    const workloads = [...this.#workloads.values()];
    return { device: this.#facts.name, revision: workloads.length, at: BEGAN, workloads };
  }

  #publish(): void {
    const data = this.#state();
    this.#changes.add(() => ({ event: "state", data }));
  }
}

async function* named<Name extends string, T>(
  event: Name,
  items: AsyncIterable<T>,
  id: (item: T) => number | undefined,
) {
  for await (const data of items) {
    const number = id(data);
    yield number === undefined ? { event, data } : { event, data, id: String(number) };
  }
}

const FACTS: Device = {
  name: "demo",
  version: "0.1.0",
  board: "qemu-x86",
  base: "debian",
  architecture: "amd64",
  kernel: "6.12.43",
  bootId: "0d8ef7a0-4e35-4b65-8f4e-4f1b0e5c9a11",
  bootedAt: BEGAN,
  publicKey: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  storage: { total: 8_000_000_000, free: 6_100_000_000 },
  configuration: { source: "partition", problems: [] },
  problems: [],
};

const WORKLOAD: WorkloadStatus = {
  name: "web",
  image: "registry.example/web:1",
  isolation: "container",
  desired: "running",
  phase: "running",
  health: "healthy",
  since: BEGAN,
  restarts: 0,
  ports: [{ host: 8080, container: 80, protocol: "tcp" }],
};

const USAGE: Usage = {
  cpu: { percent: 12.5, limit: 50, seconds: 3 },
  memory: { current: 12_582_912, peak: 14_680_064, limit: 134_217_728 },
  pids: { current: 3, limit: 64 },
  io: { read: 4096, written: 0 },
  network: { received: 2048, sent: 1024 },
};

const IMAGE = {
  reference: "registry.example/web:1",
  digest: `sha256:${"ab".repeat(32)}`,
  architecture: "amd64",
  layers: [{ diffId: `sha256:${"cd".repeat(32)}`, size: 31_457_280 }],
  config: {},
  bytes: { total: 31_457_280, own: 31_457_280, shared: 0 },
  workloads: ["web"],
};
