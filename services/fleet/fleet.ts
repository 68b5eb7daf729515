import { randomUUID } from "node:crypto";
import type { ConnectionSettings } from "../agent/broker-connection.ts";
import { BrokerLink } from "../agent/broker-link.ts";
import { MESSAGES } from "../agent/messages.ts";
import { SerialQueue } from "../agent/serial-queue.ts";
import { filterOf, topicOf } from "../agent/topics.ts";
import type { Log } from "../host/log.ts";
import type { Order, OrderRequest } from "../model/order.ts";
import { type Reason, ReasonError, reasonOf } from "../model/reason.ts";
import type { Receipt } from "../model/receipt.ts";
import { type SigningIdentity, signJws } from "../model/signature.ts";
import type { Clock } from "../supervisor/ports.ts";
import { FLEET_USER } from "./broker-configuration.ts";
import { Hub } from "./hub.ts";
import { takeMessage } from "./incoming.ts";
import { secondsLeft, sentReceipt } from "./order-terms.ts";
import type { Registry } from "./registry.ts";
import type { DeviceRecord, OrderRecord } from "./registry-rows.ts";

const SESSION_SECONDS = 7 * 24 * 3600;
const RECEIVE_MAXIMUM = 256;
const ORDER_SECONDS = 24 * 3600;

/** What the fleet's side of the link is made of. */
export interface FleetOptions {
  readonly registry: Registry;
  readonly signing: { readonly identity: SigningIdentity; readonly keyId: string };
  readonly broker: { readonly broker: string; readonly ca: string; readonly certificate: string; readonly key: string };
  readonly clock: Clock;
  readonly log: Log;
  random(): number;
  /** How long an order's giver waits for the device's first receipt, in milliseconds. */
  readonly answerMilliseconds: number;
}

/** The fleet's side of the link: signs orders, publishes them until they are answered, and remembers what devices say. */
export class Fleet {
  readonly hub = new Hub();
  readonly registry: Registry;
  readonly #options: FleetOptions;
  readonly #link: BrokerLink;
  /** Orders of a device leave in the order they are signed. */
  readonly #queues = new Map<string, SerialQueue>();
  #problem: Reason | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.registry = options.registry;
    const { clock, log, registry, random } = options;
    const incoming = {
      registry,
      hub: this.hub,
      clock,
      log,
      onOnline: (device: string) => this.#sendUnanswered(device),
    };
    this.#link = new BrokerLink({
      settings: async () => this.#settings(),
      onMessage: (message) => takeMessage(message, incoming),
      onUp: () => this.#up(),
      onDown: (reason) => this.#down(reason),
      now: () => clock.now(),
      random,
    });
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.registry.forgetOldOrders(this.#options.clock.now());
    await this.#link.run(signal);
    await Promise.all([...this.#queues.values()].map((queue) => queue.add(async () => undefined)));
  }

  /** A device by its name. Throws `device-not-found`. */
  device(name: string): DeviceRecord {
    const device = this.registry.device(name);
    if (device !== undefined) return device;
    const known = this.registry.devices().map((one) => one.name);
    throw new ReasonError({
      code: "device-not-found",
      message: `there is no device ${name} in this fleet`,
      field: "device",
      value: name,
      allowed: known.length === 0 ? "none yet: berth fleet enrol adds one" : known.join(", "),
    });
  }

  /** Whether a device is known to be connected now. */
  online(device: DeviceRecord): boolean {
    return this.connected && device.online;
  }

  /**
   * Signs an order and publishes it. Gives the device's first receipt, or, when that does not come in time, one of status
   * `sent`: the order stands, and is published again until the device answers or its term ends. An id given before gives
   * that order's receipt. Throws `device-not-found`, `order-id-used` and `broker-unreachable` (transient).
   */
  async give(deviceName: string, request: OrderRequest, issuer: string): Promise<Receipt> {
    const device = this.device(deviceName);
    const id = request.id ?? randomUUID();
    const known = this.registry.order(id);
    if (known !== undefined && known.device !== deviceName) {
      const message = `order ${id} is for another device`;
      throw new ReasonError({
        code: "order-id-used",
        message,
        field: "id",
        value: id,
        allowed: "an id not used before",
      });
    }
    if (known === undefined) {
      if (!this.connected) throw this.#unreachable();
      await this.#queue(deviceName).add(() => this.#sign(deviceName, id, request, issuer));
    }
    const order = this.registry.order(id);
    if (order === undefined) throw new ReasonError({ code: "internal-error", message: `order ${id} was not kept` });
    return (await this.#answer(device, order)) ?? sentReceipt(order, this.#options.clock.now());
  }

  /** The newest receipt of an order given here or elsewhere. Throws `order-not-found`. */
  receipt(deviceName: string, id: string): Receipt {
    const receipt = this.registry.receiptOf(deviceName, id);
    if (receipt !== undefined) return receipt;
    const order = this.registry.order(id);
    if (order?.device === deviceName) return sentReceipt(order, this.#options.clock.now());
    const message = `no order ${id} of ${deviceName} is known here`;
    throw new ReasonError({ code: "order-not-found", message, field: "id", value: id });
  }

  /** The newest receipt of each order: first those not answered, then the answered ones, newest first. */
  receipts(deviceName: string, limit: number): Receipt[] {
    const now = this.#options.clock.now();
    const sent = this.registry.unanswered(deviceName).map((order) => sentReceipt(order, now));
    return [...sent.reverse(), ...this.registry.newestReceipts(deviceName, limit)].slice(0, limit);
  }

  #settings(): ConnectionSettings {
    return {
      ...this.#options.broker,
      clientId: FLEET_USER,
      sessionExpirySeconds: SESSION_SECONDS,
      receiveMaximum: RECEIVE_MAXIMUM,
      // Not as shared subscriptions, which bring no retained messages: presence and state would be missing.
      subscriptions: (["presence", "state", "receipts", "events", "telemetry", "logs"] as const).map(filterOf),
    };
  }

  #up(): void {
    this.#problem = undefined;
    this.#options.log.info("connected to the broker", { broker: this.#options.broker.broker });
    for (const { name } of this.registry.devices()) this.#sendUnanswered(name);
  }

  #down(reason: Reason | undefined): void {
    if (reason === undefined || reason.code === "link-closed" || reason.message === this.#problem?.message) return;
    this.#problem = reason;
    this.#options.log.warning("not connected to the broker", { code: reason.code, reason: reason.message });
  }

  async #sign(device: string, id: string, request: OrderRequest, issuer: string): Promise<void> {
    const { clock, signing } = this.#options;
    if (this.registry.order(id) !== undefined) return;
    const now = clock.now();
    const order: Order = {
      id,
      device,
      sequence: this.registry.nextSequence(device),
      issuer,
      issuedAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + ORDER_SECONDS * 1000).toISOString(),
      action: request.action,
    };
    const jws = await signJws(order, { identity: signing.identity, keyId: signing.keyId, type: "berth-order" });
    this.registry.addOrder(order, jws);
    const record = this.registry.order(id);
    if (record !== undefined) await this.#publish(record);
  }

  /** Publishes what a device has not answered: it may have come to a broker that lost it. The device takes each once. */
  #sendUnanswered(device: string): void {
    void this.#queue(device).add(async () => {
      for (const order of this.registry.unanswered(device)) await this.#publish(order);
    });
  }

  async #publish(order: OrderRecord): Promise<void> {
    const expirySeconds = secondsLeft(order, this.#options.clock.now());
    if (expirySeconds <= 0) return;
    try {
      await this.#link.publish({
        topic: topicOf(order.device, "orders"),
        payload: JSON.stringify(order.jws),
        ...MESSAGES.order,
        expirySeconds,
        correlation: order.id,
      });
    } catch (error) {
      this.#options.log.info("an order is published when the broker is back", {
        order: order.id,
        reason: reasonOf(error).message,
      });
    }
  }

  async #answer(device: DeviceRecord, order: OrderRecord): Promise<Receipt | undefined> {
    const deadline = performance.now() + (this.online(device) ? this.#options.answerMilliseconds : 0);
    const { receipts } = this.hub.of(device.name);
    for (;;) {
      const next = new AbortController();
      const heard = receipts.next(next.signal, Math.max(0, deadline - performance.now()));
      const receipt = this.registry.receiptOf(device.name, order.id);
      if (receipt !== undefined || performance.now() >= deadline) {
        next.abort();
        return receipt;
      }
      await heard;
    }
  }

  #queue(device: string): SerialQueue {
    let queue = this.#queues.get(device);
    if (queue === undefined) {
      queue = new SerialQueue();
      this.#queues.set(device, queue);
    }
    return queue;
  }

  #unreachable(): ReasonError {
    const why = this.#problem?.message ?? "the connection is being made";
    const reason = { code: "broker-unreachable", message: `the fleet has no connection to its broker: ${why}` };
    return new ReasonError(reason, { transient: true });
  }
}
