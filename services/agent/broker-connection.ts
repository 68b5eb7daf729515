import { MqttClient } from "mqtt";
import { ReasonError } from "../model/reason.ts";
import { type BrokerSettings, openBrokerSocket } from "./broker-socket.ts";
import { SerialQueue } from "./serial-queue.ts";

/** A message from the broker. */
export interface IncomingMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retained: boolean;
  /** The correlation data as text, where there is any. */
  readonly correlation: string | undefined;
}

/** A message to the broker. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly retain?: boolean;
  /** After so many seconds the broker forgets a message it could not deliver. */
  readonly expirySeconds?: number;
  readonly correlation?: string;
}

/** What became of a message: `unheard` when nobody was subscribed, so that the broker threw it away. */
export type Delivery = "delivered" | "unheard";

/** How a connection is made, and what holds for its session. */
export interface ConnectionSettings extends BrokerSettings {
  readonly clientId: string;
  /** How long the broker keeps subscriptions and undelivered messages for us, in seconds. */
  readonly sessionExpirySeconds: number;
  /** How many QoS 1 messages the broker may send ahead of our PUBACKs. */
  readonly receiveMaximum: number;
  readonly will?: { readonly topic: string; readonly payload: string; readonly delaySeconds: number };
  /** Topic filters, all with QoS 1. */
  readonly subscriptions: readonly string[];
}

/**
 * Takes a message. A QoS 1 message is acknowledged when the promise fulfils, and stays with the broker when it rejects
 * or never settles. `signal` aborts when the connection is gone: the broker then delivers the message again.
 */
export type MessageHandler = (message: IncomingMessage, signal: AbortSignal) => Promise<void>;

const NO_MATCHING_SUBSCRIBERS = 16;
const KEEP_ALIVE_SECONDS = 30;
const CONNECT_TIMEOUT = 20_000;
const LARGEST_PACKET = 1_500_000;
const MOST_WAITING = 10_000;

/** One connection to a broker, from the first byte to the last. Opening another is the caller's business. */
export class BrokerConnection {
  /** Settles when the connection is gone, with the first error it met. */
  readonly closed: Promise<unknown>;
  readonly #client: MqttClient;
  readonly #gone = new AbortController();
  readonly #incoming = new SerialQueue();
  readonly #unheard = new Set<number>();
  #error: unknown;

  constructor(
    private readonly settings: ConnectionSettings,
    handler: MessageHandler,
  ) {
    this.#client = new MqttClient(() => this.#openSocket(), {
      protocolVersion: 5,
      clientId: settings.clientId,
      clean: false,
      reconnectPeriod: 0,
      resubscribe: false,
      manualConnect: true,
      connectTimeout: CONNECT_TIMEOUT,
      keepalive: KEEP_ALIVE_SECONDS,
      timerVariant: "native",
      // The cache of all 65536 numbers is several megabytes.
      writeCache: false,
      properties: {
        sessionExpiryInterval: settings.sessionExpirySeconds,
        receiveMaximum: settings.receiveMaximum,
        maximumPacketSize: LARGEST_PACKET,
      },
      ...(settings.will === undefined
        ? {}
        : {
            will: {
              topic: settings.will.topic,
              payload: settings.will.payload,
              qos: 1,
              retain: true,
              properties: { willDelayInterval: settings.will.delaySeconds },
            },
          }),
    });
    this.#client.on("error", (error) => this.#fail(error));
    this.#client.on("packetreceive", (packet) => {
      if (packet.cmd === "puback" && packet.messageId !== undefined && packet.reasonCode === NO_MATCHING_SUBSCRIBERS) {
        this.#unheard.add(packet.messageId);
      }
      if (packet.cmd === "disconnect") {
        this.#fail(Object.assign(new Error(`the broker ended the connection`), { code: packet.reasonCode }));
      }
    });
    this.#receiveWith(handler);
    this.closed = new Promise((resolve) => {
      this.#client.on("close", () => {
        this.#gone.abort();
        resolve(this.#error);
      });
    });
  }

  /** Connects and subscribes. Gives whether the broker still had our session. Rejects when the connection failed. */
  async open(): Promise<{ sessionPresent: boolean }> {
    const connected = new Promise<{ sessionPresent: boolean }>((resolve) => this.#client.once("connect", resolve));
    this.#client.connect();
    const { sessionPresent } = await this.#orGone(connected);
    if (this.settings.subscriptions.length > 0) {
      try {
        await this.#orGone(this.#client.subscribeAsync([...this.settings.subscriptions], { qos: 1 }));
      } catch (error) {
        this.#fail(error);
        this.destroy();
        throw error;
      }
    }
    return { sessionPresent };
  }

  /** Settles when the broker has the message (QoS 1) or when it is written (QoS 0). Rejects when the connection goes. */
  publish(message: OutgoingMessage): Promise<Delivery> {
    if (!this.#client.connected || this.#gone.signal.aborted) return Promise.reject(this.#unreachable());
    const properties = {
      ...(message.expirySeconds === undefined ? {} : { messageExpiryInterval: message.expirySeconds }),
      ...(message.correlation === undefined ? {} : { correlationData: Buffer.from(message.correlation) }),
    };
    const options = { qos: message.qos, retain: message.retain ?? false, properties };
    return this.#orGone(
      new Promise<Delivery>((resolve, reject) => {
        this.#client.publish(message.topic, message.payload, options, (error, packet) => {
          if (error) return reject(error);
          const id = packet?.messageId;
          resolve(id !== undefined && this.#unheard.delete(id) ? "unheard" : "delivered");
        });
      }),
    );
  }

  /** Says good-bye, so that the broker keeps the will to itself. Settles when the connection is gone. */
  async close(milliseconds: number): Promise<void> {
    const timer = setTimeout(() => this.destroy(), milliseconds);
    if (this.#client.connected) this.#client.end(false);
    else this.destroy();
    await this.closed;
    clearTimeout(timer);
  }

  /** Drops the connection as a fault would. */
  destroy(): void {
    this.#client.stream?.destroy();
  }

  #openSocket() {
    const socket = openBrokerSocket(this.settings);
    socket.on("error", (error) => this.#fail(error));
    return socket;
  }

  #fail(error: unknown): void {
    this.#error ??= error;
  }

  /**
   * MQTT.js reads no further packet, not even a ping's answer, until a message is acknowledged. An error to this callback
   * lets it go on without a PUBACK; ours follows when the handler is done, in the order of arrival (MQTT 5 §4.6).
   */
  #receiveWith(handler: MessageHandler): void {
    this.#client.handleMessage = (packet, done) => {
      done(packet.qos === 1 ? new Error("acknowledged later") : undefined);
      if (packet.qos === 0 && this.#incoming.length >= MOST_WAITING) return;
      const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
      const message: IncomingMessage = {
        topic: packet.topic,
        payload,
        qos: packet.qos,
        retained: packet.retain,
        correlation: packet.properties?.correlationData?.toString(),
      };
      const { messageId } = packet;
      this.#incoming
        .add(async () => {
          if (this.#gone.signal.aborted) return;
          await handler(message, this.#gone.signal);
          if (packet.qos === 1 && messageId !== undefined) this.#acknowledge(messageId);
        })
        .catch((error: unknown) => {
          this.#fail(error);
          this.destroy();
        });
    };
  }

  /** A PUBACK with reason code 0 is four bytes: type, length and the message's id (MQTT 5 §3.4.2.1). */
  #acknowledge(messageId: number): void {
    if (this.#gone.signal.aborted || !this.#client.connected) return;
    this.#client.stream.write(Buffer.from([0x40, 2, messageId >> 8, messageId & 0xff]));
  }

  #orGone<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#gone;
    return new Promise<T>((resolve, reject) => {
      const gone = () => reject(this.#error ?? this.#unreachable());
      if (signal.aborted) return gone();
      signal.addEventListener("abort", gone, { once: true });
      promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", gone));
    });
  }

  #unreachable(): ReasonError {
    return new ReasonError(
      { code: "broker-unreachable", message: `the connection to ${this.settings.broker} is gone` },
      { transient: true },
    );
  }
}
