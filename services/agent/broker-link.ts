import { backoffMilliseconds } from "../async/backoff.ts";
import { sleep } from "../async/sleep.ts";
import type { Reason } from "../model/reason.ts";
import { ReasonError } from "../model/reason.ts";
import { RECONNECT } from "./backoff.ts";
import {
  BrokerConnection,
  type ConnectionSettings,
  type Delivery,
  type MessageHandler,
  type OutgoingMessage,
} from "./broker-connection.ts";
import { linkProblem } from "./link-problem.ts";

/** What a {@link BrokerLink} tells and asks. */
export interface LinkOptions {
  /** Asked before each try, so that the will can say what holds then. */
  settings(): Promise<ConnectionSettings>;
  readonly onMessage: MessageHandler;
  /** The link stands and the subscriptions are made. */
  onUp(sessionPresent: boolean): void;
  /** A try begins (no reason), or the link is down, and why. */
  onDown(reason: Reason | undefined): void;
  /** The last words before the link is closed for good. */
  beforeClose?(): Promise<void>;
  now(): Date;
  /** Numbers from 0 up to 1, for the jitter. */
  random(): number;
}

/** A link that stood this long failed by chance: the next try may come soon. */
const STABLE_MILLISECONDS = 30_000;
const GOODBYE_MILLISECONDS = 2_000;

/** Why a link is down that was ended on purpose. */
const CLOSED: Reason = { code: "link-closed", message: "the link was closed because the service ends" };

/** Keeps one connection to a broker, and opens the next one when it is gone. */
export class BrokerLink {
  readonly #options: LinkOptions;
  #connection: BrokerConnection | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#connection !== undefined;
  }

  /** Publishes over the link as it stands; rejects with `broker-unreachable` (transient) where it does not. */
  publish(message: OutgoingMessage): Promise<Delivery> {
    if (this.#connection !== undefined) return this.#connection.publish(message);
    const reason = { code: "broker-unreachable", message: "there is no connection to the broker" };
    return Promise.reject(new ReasonError(reason, { transient: true }));
  }

  /** Ends the connection as a fault would; the next one is opened after a wait. */
  drop(): void {
    this.#connection?.destroy();
  }

  /** Runs until `signal` aborts, then says good-bye. */
  async run(signal: AbortSignal): Promise<void> {
    let attempt = 0;
    while (!signal.aborted) {
      this.#options.onDown(undefined);
      const settings = await this.#options.settings();
      const stoodFor = await this.#connect(settings, signal);
      if (signal.aborted) return;
      attempt = stoodFor >= STABLE_MILLISECONDS ? 1 : attempt + 1;
      await sleep(backoffMilliseconds(attempt, RECONNECT, this.#options.random), signal);
    }
  }

  /** One connection from beginning to end. Gives how long it stood, in milliseconds. */
  async #connect(settings: ConnectionSettings, signal: AbortSignal): Promise<number> {
    const connection = new BrokerConnection(settings, this.#options.onMessage);
    const leave = () => void this.#leave(connection);
    signal.addEventListener("abort", leave, { once: true });
    let since = Number.POSITIVE_INFINITY;
    try {
      const { sessionPresent } = await connection.open();
      since = performance.now();
      this.#connection = connection;
      this.#options.onUp(sessionPresent);
      const error = await connection.closed;
      this.#down(signal.aborted ? CLOSED : this.#problem(error, settings.broker));
    } catch (error) {
      connection.destroy();
      this.#down(signal.aborted ? CLOSED : this.#problem(error, settings.broker));
    } finally {
      this.#connection = undefined;
      signal.removeEventListener("abort", leave);
      if (signal.aborted) await connection.closed;
    }
    return Math.max(0, performance.now() - since);
  }

  #down(reason: Reason): void {
    this.#connection = undefined;
    this.#options.onDown(reason);
  }

  #problem(error: unknown, broker: string): Reason {
    return linkProblem(error ?? new Error("the connection was closed"), broker, this.#options.now());
  }

  async #leave(connection: BrokerConnection): Promise<void> {
    if (this.#connection === connection) {
      const words = this.#options.beforeClose?.().catch(() => undefined);
      if (words !== undefined) await Promise.race([words, sleep(GOODBYE_MILLISECONDS, new AbortController().signal)]);
    }
    await connection.close(GOODBYE_MILLISECONDS);
  }
}
