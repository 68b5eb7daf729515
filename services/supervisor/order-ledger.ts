import type { Reason } from "../model/reason.ts";
import type { Workload } from "../model/workload.ts";
import type { JournalledOrder } from "./journal/entries.ts";
import type { Journal } from "./journal/journal.ts";
import type { Observer } from "./observer.ts";
import { OrderProgress } from "./order-progress.ts";
import { hasEnded } from "./plan.ts";
import type { Images } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { retireImages } from "./retire.ts";
import { exitCodeOf } from "./status.ts";
import { runByRun } from "./wanted.ts";

/**
 * How long after an order was taken up the journal is told, in milliseconds: its first step gets under way meanwhile, which would
 * wait for the disk else. Until then it is an order that was accepted, and after a power cut is taken up once more.
 */
const UNDER_WAY = 20;

/** What a ledger needs. */
export interface OrderLedgerOptions {
  readonly journal: Journal;
  readonly images: Images;
  readonly observer: Observer;
  readonly recorder: Recorder;
  /** Deletes the volumes of a workload that is gone, but for those others name. */
  removeVolumes(manifest: Workload, order: JournalledOrder): Promise<void>;
}

/** What the journal is told of the orders for one workload: that they were taken up, have failed or have ended. */
export class OrderLedger {
  readonly #name: string;
  readonly #options: OrderLedgerOptions;
  /** That an order was taken up, which the journal was not told yet. */
  #untold: { readonly tell: () => void; readonly timer: ReturnType<typeof setTimeout> } | undefined;

  constructor(name: string, options: OrderLedgerOptions) {
    this.#name = name;
    this.#options = options;
  }

  /** The order whose turn it is. */
  inHand(): JournalledOrder | undefined {
    return this.#options.journal
      .unfinished()
      .find(({ workload, outcome }) => workload === this.#name && outcome !== undefined);
  }

  /** One that was running may have failed already: then its newest receipt says why. */
  takeUp(order: JournalledOrder): OrderProgress {
    if (order.status === "running") return new OrderProgress(order.id, this.#options.journal.newestReceipt(order.id));
    const tell = () => {
      if (this.#options.journal.order(order.id)?.status === "accepted") this.#advance(order, { status: "running" });
      this.#untold = undefined;
    };
    this.#untold = { tell, timer: setTimeout(() => this.#tryToTell(), UNDER_WAY) };
    return new OrderProgress(order.id);
  }

  /** Tells the journal what it was not told yet of the order in hand. */
  tell(): void {
    clearTimeout(this.#untold?.timer);
    this.#untold?.tell();
  }

  /** Gives up what the journal was not told yet. */
  drop(): void {
    clearTimeout(this.#untold?.timer);
    this.#untold = undefined;
  }

  #tryToTell(): void {
    try {
      this.tell();
    } catch {
      // The disk is full, most likely: whoever goes on with the order is told.
    }
  }

  /** Its outcome was reached, or what was before it after it had failed. */
  async end(order: JournalledOrder, progress: OrderProgress): Promise<void> {
    const { journal, recorder } = this.#options;
    const { failure, digest, restarted } = progress;
    this.tell();
    if (failure !== undefined) {
      return this.fail(order, progress, failure, `what ran before runs ${restarted ? "again" : "on"}`);
    }
    const replaced = journal.desired().get(order.workload)?.target;
    if (order.action.kind === "remove" && order.action.volumes === true && replaced !== undefined) {
      await this.#options.removeVolumes(replaced.manifest, order);
    }
    recorder.clear(order.id);
    const pinned =
      order.outcome === undefined || order.outcome === "removed" || digest === undefined
        ? order.outcome
        : { ...order.outcome, digest };
    const outcome = runByRun(order.outcome)?.job?.remove === true ? "removed" : pinned;
    const end = { status: "succeeded", ...this.#exitCodeOf(order, progress) } as const;
    if (journal.advance(order.id, end, outcome) !== undefined) recorder.receipt();
    if (replaced !== undefined) await retireImages(replaced, this.#options);
  }

  /** It ends as failed. */
  fail(order: JournalledOrder, progress: OrderProgress, reason: Reason, former?: string): void {
    this.tell();
    this.#options.recorder.clear(order.id);
    const message = former === undefined ? reason.message : `${reason.message}; ${former}`;
    const exit = this.#exitCodeOf(order, progress);
    this.#advance(order, { status: "failed", reason: { ...reason, message }, ...exit });
  }

  /** It will fail, once the workload is what it was before: what is left of it is that. */
  leadBack(order: JournalledOrder, progress: OrderProgress, reason: Reason): OrderProgress {
    this.tell();
    const failed = { reason, ...this.#exitCodeOf(order, progress) };
    this.#advance(order, { status: "running", ...failed });
    return new OrderProgress(order.id, failed);
  }

  /** How the job that an order runs ended, where it has. */
  #exitCodeOf(order: JournalledOrder, progress: OrderProgress): { exitCode?: number } {
    if (runByRun(order.outcome) === undefined) return {};
    const unit = this.#options.observer.unit(this.#name);
    const seen = unit !== undefined && unit.run === progress.run && hasEnded(unit) ? exitCodeOf(unit) : undefined;
    const exitCode = seen ?? progress.exitCode;
    return exitCode === undefined ? {} : { exitCode };
  }

  #advance(order: JournalledOrder, advance: Parameters<Journal["advance"]>[1]): void {
    const receipt = this.#options.journal.advance(order.id, advance);
    if (receipt !== undefined) this.#options.recorder.receipt();
  }
}
