import { type Reason, reasonOf } from "../model/reason.ts";
import { Receipt } from "../model/receipt.ts";
import type { AgentConfiguration } from "../model/service-configuration.ts";
import { readUnverifiedPayload } from "../model/signature.ts";
import type { Telemetry } from "../model/telemetry.ts";
import type { ConnectionSettings, Delivery, OutgoingMessage } from "./broker-connection.ts";
import { BrokerLink } from "./broker-link.ts";
import { drain } from "./drain.ts";
import { keepFollowing } from "./keep-following.ts";
import { LogRelays } from "./log-relay.ts";
import { MESSAGES } from "./messages.ts";
import { takeOrder } from "./order-intake.ts";
import { type MessageKind, type Outbox, openOutbox } from "./outbox.ts";
import { announce, offline } from "./presence.ts";
import { QueryAnswers } from "./query-answers.ts";
import type { AgentOptions } from "./run.ts";
import { StateReporter } from "./state-reporter.ts";
import { StatsRelay } from "./stats-relay.ts";
import type { StatusFile } from "./status-file.ts";
import { logsTopicOf, topicOf } from "./topics.ts";

/** The broker keeps the device's orders for it this long: 30 days, in seconds. */
const SESSION_SECONDS = 30 * 24 * 3600;
/** A connection lost for a shorter time than this goes unnoticed. */
const WILL_DELAY_SECONDS = 5;
const RECEIVE_MAXIMUM = 16;
const MOST_EVENTS = 1_000;

interface LinkedOptions extends AgentOptions {
  readonly device: string;
  readonly fleet: NonNullable<AgentConfiguration["fleet"]>;
  readonly status: StatusFile;
}

/** An agent with a fleet: what comes from the broker goes to the supervisor, and what the supervisor says goes out. */
export class LinkedAgent {
  readonly #options: LinkedOptions;
  readonly #outbox: Outbox;
  readonly #link: BrokerLink;
  readonly #relays: LogRelays;
  readonly #stats: StatsRelay;
  readonly #answers: QueryAnswers;
  readonly #reporter = new StateReporter();
  readonly #tasks = new Set<Promise<void>>();
  /** Ends what belongs to one connection. */
  #session = new AbortController();

  constructor(options: LinkedOptions) {
    this.#options = options;
    const { clock, random, log, supervisor, device, signal } = options;
    this.#outbox = openOutbox(options.outboxPath);
    const intake = { supervisor, clock, random, log, report: (problem: Telemetry) => this.#report(problem) };
    this.#link = new BrokerLink({
      settings: async () => this.#settings(),
      onMessage: (message, gone) => takeOrder(message, intake, AbortSignal.any([gone, signal])),
      onUp: (sessionPresent) => this.#up(sessionPresent),
      onDown: (reason) => this.#down(reason),
      beforeClose: async () => void (await this.#link.publish(offline(device, clock.now()))),
      now: () => clock.now(),
      random,
    });
    this.#relays = new LogRelays({
      supervisor,
      clock,
      log,
      signal,
      publish: (batch) =>
        this.#link.publish({
          topic: logsTopicOf(device, batch.workload),
          payload: JSON.stringify(batch),
          ...MESSAGES.logs,
        }),
      remember: (workload, until) => this.#outbox.setLogLease(workload, until),
      forget: (workload) => this.#outbox.endLogLease(workload),
    });
    const tell = (telemetry: Telemetry, travel: (typeof MESSAGES)["stats" | "answer"]) =>
      this.#link.publish({ topic: topicOf(device, "telemetry"), payload: JSON.stringify(telemetry), ...travel });
    const asked = { supervisor, clock, log, signal };
    this.#stats = new StatsRelay({ ...asked, publish: (sample) => tell(sample, MESSAGES.stats) });
    this.#answers = new QueryAnswers({ ...asked, publish: (answer) => tell(answer, MESSAGES.answer) });
  }

  /** Whether the agent does its work, tried for real. */
  probe(): boolean {
    this.#outbox.probe();
    return true;
  }

  /** Runs until the options' signal aborts. */
  async run(): Promise<void> {
    const { clock } = this.#options;
    for (const { workload, until } of this.#outbox.logLeases()) {
      if (Date.parse(until) > clock.now().getTime()) this.#relays.resume(workload, until);
      else this.#outbox.endLogLease(workload);
    }
    await Promise.all([
      this.#link.run(this.#options.signal),
      this.#keep("receipts", (worked) => this.#followReceipts(worked)),
      this.#keep("events", (worked) => this.#followEvents(worked)),
      this.#keep("the state", (worked) => this.#followState(worked)),
    ]);
    await Promise.all(this.#tasks);
    this.#outbox.close();
  }

  #settings(): ConnectionSettings {
    const { device, fleet, clock } = this.#options;
    const { broker, ca, certificate, key } = fleet;
    const { topic, payload } = offline(device, clock.now());
    return {
      broker,
      ca,
      certificate,
      key,
      clientId: device,
      sessionExpirySeconds: SESSION_SECONDS,
      receiveMaximum: RECEIVE_MAXIMUM,
      will: { topic, payload, delaySeconds: WILL_DELAY_SECONDS },
      subscriptions: [topicOf(device, "orders")],
    };
  }

  #up(sessionPresent: boolean): void {
    const { device, supervisor, clock, random, status, fleet } = this.#options;
    this.#session = new AbortController();
    const { signal } = this.#session;

    if (!sessionPresent) this.#outbox.sendAgain();
    status.show({ state: "connected", broker: fleet.broker, ...this.#dropped() });
    const publish = (message: OutgoingMessage): Promise<Delivery> => this.#link.publish(message);
    const drainTo = (kind: MessageKind, topic: string) =>
      drain(this.#outbox, kind, { topic, publish, random: this.#options.random, signal });
    // The fleet checks receipts by the key it learns from the presence, which therefore goes first.
    const announced = announce(device, { supervisor, publish, clock, random, signal });
    this.#watch([
      announced.then(() => drainTo("receipt", topicOf(device, "receipts"))),
      drainTo("event", topicOf(device, "events")),
      drainTo("problem", topicOf(device, "telemetry")),
      this.#reporter.publishState(topicOf(device, "state"), { publish, signal }),
      this.#reporter.publishProgress(topicOf(device, "telemetry"), { publish, signal }),
      this.#tellDropped(publish),
    ]);
  }

  #down(reason: Reason | undefined): void {
    this.#session.abort();
    const { status, fleet } = this.#options;
    // A new try says nothing new: what is wrong stays in sight until it is right.
    if (reason !== undefined) status.show({ state: "offline", broker: fleet.broker, reason, ...this.#dropped() });
    else if (status.shown === undefined) status.show({ state: "connecting", broker: fleet.broker, ...this.#dropped() });
  }

  async #followReceipts(worked: () => void): Promise<void> {
    const { supervisor, signal } = this.#options;
    const query = { after: this.#outbox.cursor("receipts"), follow: true };
    for await (const { data, id } of supervisor.follow("followSignedReceipts", { query, signal })) {
      worked();
      const receipt = Receipt.safeParse(readUnverifiedPayload(data));
      const sequence = Number(id ?? receipt.data?.sequence);
      if (!Number.isSafeInteger(sequence)) continue;
      if (this.#outbox.takeReceipt(sequence, JSON.stringify(data)) && receipt.success) {
        this.#answer(receipt.data);
      }
    }
  }

  async #followEvents(worked: () => void): Promise<void> {
    const { supervisor, signal } = this.#options;
    const query = { after: this.#outbox.cursor("events"), limit: MOST_EVENTS, follow: true };
    for await (const { data } of supervisor.follow("followEvents", { query, signal })) {
      worked();
      this.#outbox.takeEvent(data.id, JSON.stringify(data));
    }
  }

  async #followState(worked: () => void): Promise<void> {
    const { supervisor, signal } = this.#options;
    for await (const { event, data } of supervisor.follow("followState", { signal })) {
      worked();
      if (event === "state") this.#reporter.setState(data);
      else this.#reporter.setProgress(data);
    }
  }

  /** Publishes what an order asked for that is carried out here. */
  #answer({ order, at, action, logs, stats, query }: Receipt): void {
    if (logs !== undefined && action?.workload !== undefined) {
      this.#relays.take({ order, workload: action.workload, ...logs });
    }
    if (stats !== undefined) this.#stats.take({ order, ...stats });
    if (query !== undefined) this.#answers.take({ order, at, question: query });
  }

  #report(problem: Telemetry): void {
    this.#outbox.takeProblem(JSON.stringify(problem));
  }

  async #tellDropped(publish: (message: OutgoingMessage) => Promise<Delivery>): Promise<void> {
    const { events, receipts } = this.#outbox.dropped();
    if (events + receipts === 0) return;
    const telemetry: Telemetry = { kind: "dropped", events, receipts };
    const topic = topicOf(this.#options.device, "telemetry");
    await publish({ topic, payload: JSON.stringify(telemetry), ...MESSAGES.dropped }).catch(() => undefined);
  }

  #dropped() {
    const dropped = this.#outbox.dropped();
    return dropped.events + dropped.receipts === 0 ? {} : { dropped };
  }

  #keep(what: string, follow: (worked: () => void) => Promise<void>): Promise<void> {
    const { random, log, signal } = this.#options;
    return keepFollowing(what, follow, { random, log, signal });
  }

  /** A connection's tasks end with it; one that fails (the disk is full, say) takes the connection with it. */
  #watch(tasks: readonly Promise<void>[]): void {
    for (const task of tasks) {
      const watched = task
        .catch((error) => {
          this.#options.log.error("the link does not work", { reason: reasonOf(error).message });
          this.#link.drop();
        })
        .finally(() => this.#tasks.delete(watched));
      this.#tasks.add(watched);
    }
  }
}
